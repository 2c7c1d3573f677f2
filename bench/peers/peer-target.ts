/** A peer as something a load is put on, by its address. */
import type { Target } from "../support/target.ts";
import { type EtcdAddress, openEtcd } from "./etcd.ts";
import { type JetStreamAddress, openJetStream } from "./jetstream.ts";
import type { PeerStoreName } from "./peer-names.ts";
import { openPostgres, type PostgresAddress } from "./postgres-target.ts";
import { openRedis, type RedisAddress } from "./redis.ts";

export type PeerAddress = RedisAddress | PostgresAddress | JetStreamAddress | EtcdAddress;

export function openPeer(at: PeerAddress): Target {
  switch (at.kind) {
    case "redis":
      return openRedis(at);
    case "postgres":
      return openPostgres(at);
    case "jetstream":
      return openJetStream(at);
    case "etcd":
      return openEtcd(at);
  }
}

/** How a store is asked once its service runs. */
export const STORE_ADDRESSES: Readonly<Record<PeerStoreName, (port: number) => PeerAddress>> = {
  "redis-auto": (port) => ({ kind: "redis", port, autoPipelining: true }),
  "redis-plain": (port) => ({ kind: "redis", port, autoPipelining: false }),
  "redis-unsynced-auto": (port) => ({ kind: "redis", port, autoPipelining: true }),
  "redis-unsynced-plain": (port) => ({ kind: "redis", port, autoPipelining: false }),
  postgres: (port) => ({ kind: "postgres", port, batched: false }),
  "postgres-batched": (port) => ({ kind: "postgres", port, batched: true }),
  jetstream: (port) => ({ kind: "jetstream", port }),
  etcd: (port) => ({ kind: "etcd", port }),
};
