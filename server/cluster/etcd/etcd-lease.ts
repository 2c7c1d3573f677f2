/**
 * A key that goes when its owner goes: put with a lease of etcd's.
 *
 * A hint in both directions. Etcd counts leases in whole seconds, none below 1.5 times its election
 * timeout (2 s as it comes), and gives every lease its full time anew when its leader changes: a
 * key may stay too long. 3.4 is known to end leases too early, and to renew one that has ended.
 */
import { ClaimdError } from "../../errors.ts";
import type { Liveness } from "../coordinator.ts";
import { ETCD, type KeepAliveResponse } from "./etcd-api.ts";
import type { EtcdCalls } from "./etcd-calls.ts";

/** A renewal that takes longer is as good as none: there must be time for further ones. */
const RENEWALS_PER_LEASE = 3;

/** Rejects with COORDINATOR_UNAVAILABLE. */
export async function registerWithLease(
  calls: EtcdCalls,
  key: string,
  value: Uint8Array,
  leaseMs: number,
): Promise<Liveness> {
  const seconds = Math.max(1, Math.ceil(leaseMs / 1000));
  // Granted twice by a retry, the other one goes by itself.
  const { ID } = await calls.ask(ETCD.leaseGrant, { seconds });
  const liveness = new EtcdLiveness(calls, ID, leaseMs);
  // Once: a late copy could write over what the same owner registers next.
  const put = { request_put: { key: Buffer.from(key), value, lease: ID } };
  if ((await calls.sendOnce(ETCD.txn, { success: [put] })) === undefined) {
    await liveness[Symbol.asyncDispose]();
    throw new ClaimdError("COORDINATOR_UNAVAILABLE", `etcd: ${key} was not registered`);
  }
  return liveness;
}

class EtcdLiveness implements Liveness {
  readonly #calls: EtcdCalls;
  readonly #lease: string;
  readonly #withinMs: number;

  constructor(calls: EtcdCalls, lease: string, leaseMs: number) {
    this.#calls = calls;
    this.#lease = lease;
    this.#withinMs = Math.min(calls.deadlineMs, leaseMs / RENEWALS_PER_LEASE);
  }

  async renew(): Promise<boolean> {
    const opened = await this.#calls.open(ETCD.leaseKeepAlive, this.#withinMs);
    if (opened === undefined) return false;
    const { stream, failed } = opened;
    return await new Promise((resolve) => {
      let isAnswered = false;
      stream.on("data", ({ seconds }: KeepAliveResponse) => {
        isAnswered = true;
        stream.end();
        resolve(Number(seconds) > 0);
      });
      stream.on("error", (error) => {
        if (!isAnswered) failed(error);
        resolve(false);
      });
      stream.on("end", () => resolve(false));
      stream.write({ ID: this.#lease });
    });
  }

  /** As well as it goes: otherwise its time is over in the end. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#calls.sendOnce(ETCD.leaseRevoke, { ID: this.#lease }, this.#withinMs);
  }
}
