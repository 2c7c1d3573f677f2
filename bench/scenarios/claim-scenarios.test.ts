import { describe, expect, it } from "vitest";
import {
  CLAIM_SCENARIO_NAMES,
  CLAIM_SCENARIOS,
  fitsClient,
  scenarioNamed,
} from "./claim-scenarios.ts";

describe("CLAIM_SCENARIOS", () => {
  it("has at least one number of callers for each, and none that a client can't queue", () => {
    for (const name of CLAIM_SCENARIO_NAMES) {
      const { callers } = scenarioNamed(name);
      expect(callers.length).toBeGreaterThan(0);
      expect(callers.filter((each) => !fitsClient(name, each))).toEqual([]);
    }
  });

  it("gives a batch its keys without gaps and without overlap", () => {
    const choice = CLAIM_SCENARIOS["batch-10"].choose();
    expect([choice.next(), choice.next(), choice.next()]).toEqual([0, 10, 20]);
    expect(fitsClient("batch-1000", 66)).toBe(false);
  });

  it("begins anew with each choice", () => {
    CLAIM_SCENARIOS.unique.choose().next();
    expect(CLAIM_SCENARIOS.unique.choose().next()).toBe(0);
  });
});
