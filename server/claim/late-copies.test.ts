/**
 * Every command that had its effect, and every command of a claim id that is spent, delivered again
 * at any later moment of the key's window: no owner, state, attempt, token or result changes. (A
 * claim that never held the key may still be granted when it is sent again: that is a first try.
 * Forget with token 0 is the one command that must not be sent again; a Forget ends the window.)
 */
import { describe, expect, it } from "vitest";
import type { ClaimRecord } from "../storage/claim-record.ts";
import { rounds, testSeed } from "../test/support/seed.ts";
import type { Command } from "./command.ts";
import { History, STEPS, type Step, told } from "./test/histories.ts";
import { forgottenAtMs, resultOf } from "./views.ts";

const ROUNDS = rounds("CLAIMD_TEST_MODEL_ROUNDS", 20_000);

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("hex");

/** What no late copy may change. */
function essence(record: ClaimRecord | undefined): string {
  if (record === undefined) return "absent";
  const { state, token, attempt, claimId } = record;
  const settledAtMs = record.state === "IN_PROGRESS" ? 0 : record.settledAtMs;
  const hasExtra = record.state === "RELEASED" && record.extraAttempt;
  const result = resultOf(record);
  return [state, token, attempt, text(claimId), settledAtMs, hasExtra, result?.ref].join();
}

function isOver(history: History, key: number): boolean {
  const record = history.records[key];
  return record === undefined || history.nowMs >= forgottenAtMs(record, history);
}

class Sent {
  readonly copies: Command[] = [];
  readonly #held = new Set<string>();

  add({ command, reply, after }: Step): void {
    const owner = after?.claimId;
    const hadEffect =
      (reply.type === "claim" && reply.status === "GRANTED") ||
      (reply.type === "settle" && /^(APPLIED|ALREADY_APPLIED)$/.test(reply.status));
    const spent =
      "claimId" in command &&
      this.#held.has(text(command.claimId)) &&
      text(owner) !== text(command.claimId);
    if (hadEffect || spent) this.copies.push(command);
    if (owner !== undefined) this.#held.add(text(owner));
  }
}

function changed(seed: number, counts: { copies: number }): string | undefined {
  const history = new History(seed);
  const sent = [new Sent(), new Sent()];
  const steps: Step[] = [];
  for (let count = 0; count < STEPS; count++) {
    const step = history.step();
    steps.push(step);
    const { key } = step;
    const begins = step.before === undefined || step.after?.attempt === 1 || isOver(history, key);
    if (begins && step.after?.token !== step.before?.token) sent[key] = new Sent();
    sent[key]?.add(step);
    if (history.random.chance(0.5)) history.pass(key);
    for (const copy of sent[key]?.copies ?? []) {
      if (isOver(history, key)) break;
      const before = essence(history.records[key]);
      const late = history.do(key, copy);
      steps.push(late);
      counts.copies += 1;
      const after = essence(history.records[key]);
      if (after === before) continue;
      const all = steps.map(told).join("\n");
      return `CLAIMD_TEST_SEED=${seed}: ${before} became ${after}\n${all}`;
    }
  }
  return undefined;
}

describe("a late copy", () => {
  const seed = testSeed();

  it(`changes nothing, over ${ROUNDS} histories (from seed ${seed})`, () => {
    const counts = { copies: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const found = changed((seed + round) >>> 0, counts);
      if (found !== undefined) expect.fail(found);
    }
    expect(counts.copies).toBeGreaterThan(ROUNDS * 5);
  }, 120_000);
});
