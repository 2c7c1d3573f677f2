/**
 * A key of a cluster that is completed and that everybody claims, in three ways of the SDK.
 *
 *     leader   checkAndSet with nothing kept: goes to the leader, whatever was said of the key
 *     nodes    claim with nothing kept, and a time of its own so that no two claims share a call
 *     cache    claim as users have it: a client keeps the answer for as long as it may
 *
 * Everybody is many clients in turn, each with connections of its own: one alone would put all
 * claims of a moment into one frame, which no number of processes can.
 */
import { type ClaimdClient, type ClaimOutcome, createClient } from "@claimd/client";
import { NAMESPACE, saysBusy } from "./claimd-target.ts";
import type { Target } from "./target.ts";

export type HotKeyWay = "leader" | "nodes" | "cache";

export interface HotKeyAddress {
  readonly kind: "hot-key";
  readonly address: string;
  readonly way: HotKeyWay;
}

export const HOT_KEY_CLIENTS = 32;
const TIMEOUT_MS = 10_000;

export class HotKeyTarget implements Target {
  readonly #way: HotKeyWay;
  readonly #clients: readonly ClaimdClient[];
  #asked = 0;

  constructor({ address, way }: HotKeyAddress) {
    this.#way = way;
    const nothingKept = way === "cache" ? {} : ({ cache: false } as const);
    this.#clients = Array.from({ length: HOT_KEY_CLIENTS }, () =>
      createClient({ address, namespace: NAMESPACE, ...nothingKept }),
    );
  }

  claim(key: string): Promise<unknown> {
    const client = this.#clients[this.#asked++ % HOT_KEY_CLIENTS] as ClaimdClient;
    switch (this.#way) {
      case "leader":
        return client.checkAndSet(key);
      case "nodes":
        return client.claim(key, { timeoutMs: TIMEOUT_MS });
      case "cache":
        return client.claim(key);
    }
  }

  /** Throws for what a completed key may not be answered. */
  isFirst(answer: unknown): boolean {
    if (this.#way === "leader") return (answer as { readonly first: boolean }).first;
    const { status } = answer as Pick<ClaimOutcome, "status">;
    if (status === "COMPLETED" || status === "GRANTED") return status === "GRANTED";
    throw new Error(`the store is wrong: a completed key was answered ${status}`);
  }

  isUnanswered(error: unknown): boolean {
    return saysBusy(error);
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
  }
}
