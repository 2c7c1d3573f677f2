/**
 * A key of a cluster that is completed and that everybody claims, in three ways of the SDK.
 *
 *     leader   checkAndSet: goes to the leader of the key's partition, whatever was said of the key
 *     nodes    claim with nothing kept and a time of its own, so that no two claims share a call:
 *              one process that asks as many do
 *     cache    claim as users have it: one process that keeps the answer for as long as it may
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

const TIMEOUT_MS = 10_000;

export class HotKeyTarget implements Target {
  readonly #way: HotKeyWay;
  readonly #client: ClaimdClient;

  constructor({ address, way }: HotKeyAddress) {
    this.#way = way;
    const nothingKept = way === "nodes" ? ({ cache: false } as const) : {};
    this.#client = createClient({ address, namespace: NAMESPACE, ...nothingKept });
  }

  claim(key: string): Promise<unknown> {
    switch (this.#way) {
      case "leader":
        return this.#client.checkAndSet(key);
      case "nodes":
        return this.#client.claim(key, { timeoutMs: TIMEOUT_MS });
      case "cache":
        return this.#client.claim(key);
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

  close(): Promise<void> {
    return this.#client.close();
  }
}
