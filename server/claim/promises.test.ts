import { describe, expect, it } from "vitest";
import { rounds, testSeed } from "../test/support/seed.ts";
import { History, STEPS, type Step, told } from "./test/histories.ts";
import { Promises } from "./test/promises.ts";

const ROUNDS = rounds("CLAIMD_TEST_MODEL_ROUNDS", 20_000);

function broken(seed: number): string | undefined {
  const history = new History(seed);
  const promises = [new Promises(), new Promises()];
  const steps: Step[] = [];
  for (let count = 0; count < STEPS; count++) {
    const step = history.step();
    steps.push(step);
    const found = promises[step.key]?.check(step);
    if (found !== undefined) {
      return `CLAIMD_TEST_SEED=${seed}: ${found}\n${steps.map(told).join("\n")}`;
    }
  }
  return undefined;
}

describe("I1 to I5", () => {
  const seed = testSeed();

  it(`hold over ${ROUNDS} histories, seen from outside (from seed ${seed})`, () => {
    for (let round = 0; round < ROUNDS; round++) {
      const found = broken((seed + round) >>> 0);
      if (found !== undefined) expect.fail(found);
    }
  }, 120_000);
});
