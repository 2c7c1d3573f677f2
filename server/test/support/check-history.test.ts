/**
 * The checker is held against hand-made histories, and against an exhaustive search over random
 * ones.
 */
import { describe, expect, it } from "vitest";
import { checkHistory } from "./check-history.ts";
import type { Call } from "./history.ts";
import { type Mistake, madeUpHistory } from "./made-up-history.ts";
import { isPossible } from "./search-history.ts";
import { seededRandom, testSeed } from "./seed.ts";

const LONG = { policyOf: () => ({ windowMs: 1e12, leaseMs: 1e12 }) };
const seed = testSeed();

describe(`checkHistory against an exhaustive search (seed ${seed})`, () => {
  it("accepts whatever is possible", () => {
    const random = seededRandom(seed);
    for (let round = 0; round < 4000; round++) {
      const calls = madeUpHistory(random, 4 + random.below(8), "none", 0.12);
      expect(isPossible(calls), `model and search agree in round ${round}`).toBe(true);
      expect(checkHistory(calls, LONG), `round ${round}\n${show(calls)}`).toEqual([]);
    }
  });

  /**
   * The share of impossible histories that is found, with every answer there and with some lost:
   * five deviations below the mean of many seeds at least.
   */
  const mistakes: readonly [Mistake, number, number][] = [
    ["an answered write is lost", 0.95, 0.9],
    ["a running key is granted again", 0.9, 0.85],
    ["a settled key is granted again", 0.9, 0.75],
    ["a token is used twice", 0.98, 0.98],
    ["a result changes", 0.98, 0.98],
    ["its own grant looks like a rival's", 0.8, 0.65],
    ["a forget is lost", 0.6, 0.5],
  ];

  it.each(mistakes)("finds that %s", (mistake, calm, rough) => {
    for (const [unanswered, share] of [
      [0, calm],
      [0.12, rough],
    ] as const) {
      const random = seededRandom(seed + 1);
      let impossible = 0;
      const missed: string[] = [];
      for (let round = 0; round < 2000; round++) {
        const calls = madeUpHistory(random, 4 + random.below(8), mistake, unanswered);
        const problems = checkHistory(calls, LONG);
        if (isPossible(calls)) {
          // The search does not look at attempts, which may tell of the mistake.
          const others = problems.filter((each) => !each.includes("attempt"));
          expect(others, `round ${round}\n${show(calls)}`).toEqual([]);
          continue;
        }
        impossible += 1;
        if (problems.length === 0) missed.push(show(calls));
      }
      expect(impossible).toBeGreaterThan(80);
      const found = 1 - missed.length / impossible;
      expect(found, `of ${impossible}; missed\n${missed[0] ?? ""}`).toBeGreaterThan(share);
    }
  });
});

function show(calls: readonly Call[]): string {
  return calls
    .map(({ command, answer, invokedAtMs, returnedAtMs }) => {
      const id = "claimId" in command ? command.claimId.toString("latin1", 0, 1) : "";
      const asked = { ...command, claimId: id, namespace: undefined, key: undefined };
      const when = `${invokedAtMs}..${returnedAtMs}`;
      return `${when} ${JSON.stringify(asked)} -> ${JSON.stringify(answer)}`;
    })
    .join("\n");
}
