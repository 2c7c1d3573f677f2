import { describe, expect, it } from "vitest";
import { rounds, testSeed } from "../test/support/seed.ts";
import { History, STEPS, type Step, told } from "./test/histories.ts";
import { KeyModel } from "./test/model.ts";
import { forgottenAtMs } from "./views.ts";

const ROUNDS = rounds("CLAIMD_TEST_MODEL_ROUNDS", 100_000);

/** Bytes as bytes, whatever class holds them. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  const left = Object.entries(a);
  if (left.length !== Object.keys(b).length) return false;
  return left.every(([field, value]) => field in b && same(value, b[field as keyof typeof b]));
}

/** Commands by state and answer; GRANTED while PAUSED counts as another answer. */
const CELLS = 64;

function cellOf({ command, before, turn, reply }: Step): string {
  const absent = before === undefined || turn.nowMs >= forgottenAtMs(before, turn);
  const state = absent ? "absent" : before.state;
  const answer =
    "status" in reply ? reply.status : reply.type === "refused" ? reply.code : reply.type;
  return `${command.type} ${state} ${answer}`;
}

/** Runs one history; gives the steps up to the first that the model answers in another way. */
function difference(seed: number, seen: (step: Step) => void): string | undefined {
  const history = new History(seed);
  const models = [new KeyModel(), new KeyModel()];
  const steps: Step[] = [];
  for (let count = 0; count < STEPS; count++) {
    const step = history.step();
    steps.push(step);
    seen(step);
    const model = models[step.key] as KeyModel;
    const expected = model.do(step.command, step.turn);
    const look = history.do(step.key, { type: "get" }).reply;
    const known = model.do({ type: "get" }, step.turn);
    if (same(step.reply, expected) && same(look, known)) continue;
    const given = steps.map(told).join("\n");
    const wanted = JSON.stringify([expected, known]);
    return `CLAIMD_TEST_SEED=${seed}\n${given}\nthen ${JSON.stringify(look)}\nmodel ${wanted}`;
  }
  return undefined;
}

describe("decide", () => {
  const seed = testSeed();

  it(`agrees with the plain model over ${ROUNDS} histories (from seed ${seed})`, () => {
    const cells = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      const found = difference((seed + round) >>> 0, (step) => {
        const cell = cellOf(step);
        cells.set(cell, (cells.get(cell) ?? 0) + 1);
      });
      if (found !== undefined) expect.fail(found);
    }
    // Whatever a state can answer to a command was answered, and often.
    expect([...cells.keys()].sort()).toHaveLength(CELLS);
    for (const [cell, times] of cells) expect(times, cell).toBeGreaterThan(ROUNDS / 1000);
  }, 120_000);

  it("would be found out by the comparison", () => {
    expect(same({ a: 1, b: undefined }, { a: 1 })).toBe(false);
    expect(same({ a: Uint8Array.of(1) }, { a: Buffer.from([1]) })).toBe(true);
    expect(same({ a: Uint8Array.of(1) }, { a: Uint8Array.of(2) })).toBe(false);
    expect(same({ a: { b: 1 } }, { a: { b: 2 } })).toBe(false);
  });
});
