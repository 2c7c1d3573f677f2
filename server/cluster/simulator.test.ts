/**
 * Seeded runs of a whole cluster, simulated. More of them:
 *
 *     CLAIMD_SIM_SEEDS=100000 CLAIMD_SIM_PROFILE=moves    so many runs of one profile
 *     CLAIMD_SIM_SEED=123 CLAIMD_SIM_SEEDS=1              one run again
 *     CLAIMD_SIM_BUGS=all                                 mistakes that take many seeds
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rounds, testSeed } from "../test/support/seed.ts";
import { PROFILES, type ProfileName } from "./test/simulator/profiles.ts";
import { SEEDED_BUGS } from "./test/simulator/seeded-bugs.ts";
import { edited, Variant } from "./test/simulator/variant.ts";

type Simulator = Awaited<ReturnType<Variant["load"]>>;

const SEEDS = rounds("CLAIMD_SIM_SEEDS", 12);
const FIRST_SEED = rounds("CLAIMD_SIM_SEED", testSeed() % 1e9);
const ASKED_PROFILE = process.env["CLAIMD_SIM_PROFILE"];
const profiles = Object.keys(PROFILES).filter(
  (name) => ASKED_PROFILE === undefined || name === ASKED_PROFILE,
) as ProfileName[];
/** What takes more seeds stands aside unless it is asked for. */
const QUICK_SEEDS = 60;
const bugs = SEEDED_BUGS.filter(
  ({ seedsAtMost }) => seedsAtMost <= QUICK_SEEDS || process.env["CLAIMD_SIM_BUGS"] === "all",
);
const LONG_MS = 3_600_000;

describe(`a simulated cluster, seeds from ${FIRST_SEED} on`, () => {
  const variant = new Variant();
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await variant.load();
  });
  afterAll(() => variant[Symbol.asyncDispose]());

  it.each(profiles)(
    `keeps every promise and ends what it began: %s, ${SEEDS} seeds`,
    (profile) => {
      let committed = 0;
      for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
        const run = simulator.simulate(seed, profile);
        if (run.violation !== undefined) expect.fail(run.violation);
        committed += run.committed;
      }
      expect(committed, "grants were made").toBeGreaterThan(5 * SEEDS);
    },
    LONG_MS,
  );

  it("goes the same way again from the same seed, and another way from another", () => {
    const hashes = [FIRST_SEED, FIRST_SEED, FIRST_SEED + 1].map(
      (seed) => simulator.simulate(seed, "everything", { trace: true }).hash,
    );
    expect(hashes[1]).toBe(hashes[0]);
    expect(hashes[2]).not.toBe(hashes[0]);
  });

  it("goes the same way whether or not a trace is made", () => {
    const { calls, committed } = simulator.simulate(FIRST_SEED, "everything");
    const traced = simulator.simulate(FIRST_SEED, "everything", { trace: true });
    expect(traced).toMatchObject({ calls, committed });
  });
});

describe("seeded bugs", () => {
  it("each fit the source", () => {
    for (const { edits } of SEEDED_BUGS) {
      for (const { file } of edits) expect(edited(file, edits)).not.toBe(edited(file, []));
    }
  });

  it.each(bugs)(
    "are found: $name",
    async ({ profile, seedsAtMost, edits }) => {
      await using variant = new Variant();
      const { simulate } = await variant.load(edits);
      let found: string | undefined;
      for (let seed = 1; seed <= seedsAtMost && found === undefined; seed++) {
        found = simulate(seed, profile).violation;
      }
      expect(found, `in ${seedsAtMost} seeds of ${profile}`).toBeDefined();
    },
    LONG_MS,
  );
});
