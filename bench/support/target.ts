/**
 * What a load is put on: something that answers whether a claim of a key was the first.
 *
 * Every target does the same work with the same durability through the client its users would take.
 */
import { createClient } from "@claimd/client";
import { Redis } from "ioredis";

export interface Target {
  /**
   * The answer as the store's client gives it, without a promise of ours around it: what a claim
   * costs the generator is the client's cost.
   */
  claim(key: string): Promise<unknown>;
  /** First: so for exactly one claim of a key within the window. Default: the answer is `true`. */
  isFirst?(answer: unknown): boolean;
  close(): Promise<void>;
}

export type TargetAddress =
  | { readonly kind: "claimd"; readonly address: string }
  | { readonly kind: "redis"; readonly port: number; readonly autoPipelining: boolean };

export const NAMESPACE = "bench";
/** How long both remember a key: claimd's default. */
const WINDOW_MS = 24 * 60 * 60 * 1000;

export function openTarget(at: TargetAddress): Target {
  switch (at.kind) {
    case "claimd":
      return openClaimd(at.address);
    case "redis":
      return openRedis(at.port, at.autoPipelining);
  }
}

function openClaimd(address: string): Target {
  const claims = createClient({ address, namespace: NAMESPACE });
  return {
    claim: async (key) => (await claims.checkAndSet(key)).first,
    close: () => claims.close(),
  };
}

/** The owner's value is the same for all: one made for each call would only cost Redis time. */
function openRedis(port: number, enableAutoPipelining: boolean): Target {
  const redis = new Redis({ port, host: "127.0.0.1", enableAutoPipelining });
  const owner = "bench-owner-of-16";
  return {
    claim: async (key) => (await redis.set(key, owner, "PX", WINDOW_MS, "NX")) === "OK",
    close: async () => {
      await redis.quit();
    },
  };
}
