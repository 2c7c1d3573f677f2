/**
 * Somebody who claims one new key after the other while something happens to the cluster: each must
 * be granted, and soon.
 */
import { expect } from "vitest";
import type { Command, Transport } from "./command.ts";
import type { History } from "./history.ts";
import { newClaimId, newKey, sleep } from "./key-asker.ts";

/** A node's lease, promotions, a change of members; and a busy machine. */
const GRANTED_WITHIN_MS = 40_000;

export interface Claiming {
  readonly granted: readonly Buffer[];
  /** Rejects with what was wrong. */
  end(): Promise<void>;
}

/** Until it is told to end. */
export function claimOn(transport: Transport, history: History): Claiming {
  const granted: Buffer[] = [];
  const ending = new AbortController();
  const grant = async (key: Buffer): Promise<void> => {
    const on = { namespace: "long", key, claimId: newClaimId(), complete: true };
    const command: Command = { verb: "CLAIM", ...on };
    const untilMs = performance.now() + GRANTED_WITHIN_MS;
    for (;;) {
      const answer = await history.ask(transport, command);
      if (answer.kind === "claim") {
        expect(answer.status).toBe("GRANTED");
        return;
      }
      expect(performance.now(), JSON.stringify(answer)).toBeLessThan(untilMs);
      await sleep(20);
    }
  };
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const key = newKey("during");
      await grant(key);
      granted.push(key);
      await sleep(5);
    }
  };
  const running = run();
  // Told by `end`; the test may be elsewhere when it fails.
  running.catch(() => undefined);
  return {
    granted,
    end: async () => {
      ending.abort();
      await running;
    },
  };
}
