/**
 * The Coordinator on etcd: guarded transactions, reads, watches and leases by its own gRPC API.
 *
 *   etcd-coordinator   what is asked for, in etcd's terms
 *   etcd-list -lease -watch
 *   etcd-calls         at whom, how often, with which token and deadline
 *   etcd-channels      connections     etcd-token     etcd-failure     etcd-api
 *
 * A transaction is "applied" or "conflict" when etcd has said so and "unknown" otherwise, also
 * where etcd refuses it for good: that is logged as an error. Reads are linearizable.
 */
import { credentials } from "@grpc/grpc-js";
import { SYSTEM_TIME, type TimeSource } from "../../clock.ts";
import type { Coordinator, GuardedWrite, Liveness, Versioned } from "../coordinator.ts";
import { assertWrites, type TransactionOutcome } from "../coordinator.ts";
import { type Compare, ETCD, type RequestOp } from "./etcd-api.ts";
import { EtcdCalls } from "./etcd-calls.ts";
import { EtcdChannels } from "./etcd-channels.ts";
import { type EtcdLog, FailureLog } from "./etcd-failure.ts";
import { registerWithLease } from "./etcd-lease.ts";
import { listPrefix, versionedOf } from "./etcd-list.ts";
import { EtcdToken, type EtcdUser } from "./etcd-token.ts";
import { EtcdWatch } from "./etcd-watch.ts";

/** PEM. */
export interface EtcdTls {
  /** Who may have signed etcd's certificate; undefined = those that the system trusts. */
  readonly ca?: Buffer;
  /** Shown to etcd, with the key that belongs to it. */
  readonly client?: { readonly certificate: Buffer; readonly key: Buffer };
}

export interface EtcdSettings {
  /** `host:port` of one or more members, tried in this order. */
  readonly endpoints: readonly string[];
  /** Undefined = plain text. */
  readonly tls?: EtcdTls;
  readonly user?: EtcdUser;
  /** Of every call; a transaction is "unknown" after it. */
  readonly deadlineMs?: number;
}

export interface EtcdNeeds {
  readonly log: EtcdLog;
  readonly time?: TimeSource;
}

/**
 * Etcd elects a leader within 1 to 2 s and gives up itself after 7; a node has 10 s between its
 * leader's last sign of life and the end of its lease.
 */
export const ETCD_DEADLINE_MS = 5000;

export class EtcdCoordinator implements Coordinator {
  readonly #calls: EtcdCalls;
  readonly #time: TimeSource;
  readonly #watches = new Set<Disposable>();

  /** Connects when it is first asked. */
  constructor(settings: EtcdSettings, { log, time = SYSTEM_TIME }: EtcdNeeds) {
    const { endpoints, tls, user, deadlineMs = ETCD_DEADLINE_MS } = settings;
    this.#time = time;
    this.#calls = new EtcdCalls({
      channels: new EtcdChannels(endpoints, credentialsOf(tls), time),
      token: new EtcdToken(user),
      deadlineMs,
      time,
      failures: new FailureLog(log, time),
    });
  }

  async read(key: string): Promise<Versioned | undefined> {
    const { kvs } = await this.#calls.ask(ETCD.range, { key: Buffer.from(key) });
    return kvs[0] && versionedOf(kvs[0]);
  }

  async list(prefix: string): Promise<readonly Versioned[]> {
    return (await listPrefix(this.#calls, prefix)).entries;
  }

  async transact(writes: readonly GuardedWrite[]): Promise<TransactionOutcome> {
    assertWrites(writes);
    const compare = writes.map(compareOf);
    const success = writes.flatMap(operationsOf);
    const answer = await this.#calls.sendOnce(ETCD.txn, { compare, success });
    if (answer === undefined) return "unknown";
    return answer.succeeded ? "applied" : "conflict";
  }

  watch(prefix: string, onChange: (entry: Versioned) => void): Disposable {
    const watch = new EtcdWatch({
      calls: this.#calls,
      prefix,
      onChange,
      list: () => listPrefix(this.#calls, prefix),
      time: this.#time,
    });
    this.#watches.add(watch);
    return {
      [Symbol.dispose]: () => {
        watch[Symbol.dispose]();
        this.#watches.delete(watch);
      },
    };
  }

  register(key: string, value: Uint8Array, leaseMs: number): Promise<Liveness> {
    return registerWithLease(this.#calls, key, value, leaseMs);
  }

  /** What is under way is given up. Leases last on until their time is over, as after a crash. */
  [Symbol.asyncDispose](): Promise<void> {
    for (const watch of this.#watches) watch[Symbol.dispose]();
    this.#calls.close();
    return Promise.resolve();
  }
}

/** A key that is not there has 0. */
function compareOf({ key, revision }: GuardedWrite): Compare {
  return { result: "EQUAL", target: "MOD", key: Buffer.from(key), mod_revision: revision };
}

function operationsOf({ key, value }: GuardedWrite): readonly RequestOp[] {
  if (value === "guard") return [];
  const written = Buffer.from(key);
  if (value === "delete") return [{ request_delete_range: { key: written } }];
  return [{ request_put: { key: written, value } }];
}

function credentialsOf(tls: EtcdTls | undefined) {
  if (tls === undefined) return credentials.createInsecure();
  const { ca = null, client } = tls;
  return credentials.createSsl(ca, client?.key ?? null, client?.certificate ?? null);
}
