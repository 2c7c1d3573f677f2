/**
 * Whom claimd is compared with. A peer is somebody's store with one promise of durability; a store
 * is one way of asking it. Where a peer has several, the better one counts.
 *
 * Names stand in result files: one that changes its meaning gets another name.
 */

/** What is started: a server with its settings. Postgres is asked in two ways, Redis too. */
export const SERVICE_NAMES = ["redis", "redis-unsynced", "postgres", "etcd", "jetstream"] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

export const PEER_NAMES = [
  "redis",
  "redis-unsynced",
  "postgres",
  "postgres-batched",
  "jetstream",
  "etcd",
] as const;
export type PeerName = (typeof PEER_NAMES)[number];

export const STORE_NAMES = [
  "claimd",
  "redis-auto",
  "redis-plain",
  "redis-unsynced-auto",
  "redis-unsynced-plain",
  "postgres",
  "postgres-batched",
  "jetstream",
  "etcd",
] as const;
export type StoreName = (typeof STORE_NAMES)[number];
export type PeerStoreName = Exclude<StoreName, "claimd">;

export interface PeerFacts {
  readonly title: string;
  readonly service: ServiceName;
  readonly stores: readonly PeerStoreName[];
}

export const PEERS: Readonly<Record<PeerName, PeerFacts>> = {
  redis: { title: "Redis", service: "redis", stores: ["redis-auto", "redis-plain"] },
  "redis-unsynced": {
    title: "Redis, unsynced",
    service: "redis-unsynced",
    stores: ["redis-unsynced-auto", "redis-unsynced-plain"],
  },
  postgres: { title: "Postgres", service: "postgres", stores: ["postgres"] },
  "postgres-batched": {
    title: "Postgres, batched",
    service: "postgres",
    stores: ["postgres-batched"],
  },
  jetstream: { title: "JetStream", service: "jetstream", stores: ["jetstream"] },
  etcd: { title: "etcd", service: "etcd", stores: ["etcd"] },
};

const REDIS_CALL = "SET key value PX window NX, a call for each claim";

/** What a claim is for each of them. */
export const STORE_TEXTS: Readonly<Record<StoreName, string>> = {
  claimd: "checkAndSet of the SDK, a call for each claim",
  "redis-auto": `${REDIS_CALL}, with enableAutoPipelining`,
  "redis-plain": `${REDIS_CALL}, without enableAutoPipelining`,
  "redis-unsynced-auto": `${REDIS_CALL}, with enableAutoPipelining`,
  "redis-unsynced-plain": `${REDIS_CALL}, without enableAutoPipelining`,
  postgres: "INSERT … ON CONFLICT DO NOTHING, a prepared statement for each claim, pipelined",
  "postgres-batched": "callers of the same moment in one INSERT … SELECT unnest … RETURNING key",
  jetstream: "publish with the key as Nats-Msg-Id, ack.duplicate says who came first",
  etcd: "Txn: if create_revision = 0 then put with a lease, a call for each claim",
};
