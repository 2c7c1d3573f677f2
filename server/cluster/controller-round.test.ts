import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cancelled } from "./controller-goal.ts";
import { controllerRound, type Planned, type Round, type Step } from "./controller-round.ts";
import { RoundModel } from "./test/round-model.ts";
import { partitionSample as sample } from "./test/partition-sample.ts";

const RULES = { replicas: 3, minInSync: 2, replaceAfterMs: 600_000, learners: 2 };
let nonces = 0;
const nonce = (): string => `controller-${++nonces}`;

function round(model: RoundModel, planned?: Planned): Round {
  const made = controllerRound({ state: model.view(), rules: RULES, nonce, planned });
  expect(made.refused).toEqual([]);
  const partitions = made.steps.map(({ partition }) => partition);
  expect(new Set(partitions).size).toBe(partitions.length);
  return made;
}

const shown = ({ type, partition }: Step): string => `${type} ${partition}`;
const learnersAdded = ({ steps }: Round): readonly number[] =>
  steps.flatMap(({ partition, record }) =>
    record.replicas.some(({ role }) => role === "LEARNER") ? [partition] : [],
  );

describe("controllerRound", () => {
  it("promotes first, then publishes goals, then moves, and does one thing to a partition", () => {
    const model = new RoundModel("abcd", [
      sample("abc", "abc", "abd"),
      sample("bcd", "bcd", undefined),
      sample("dab", "dab", "abc"),
      sample("abc", "abc", undefined),
    ]);
    model.kill("d");
    const from = [
      ["a", "b", "d"],
      ["b", "c", "d"],
      ["a", "b", "c"],
      ["a", "b", "c"],
    ];
    const goals = [
      ["a", "b", "c"],
      ["c", "a", "b"],
      ["b", "c", "a"],
      ["a", "b", "c"],
    ];
    const { steps } = round(model, { from, goals });
    expect(steps.map(shown)).toEqual(["promotion 2", "goal 0", "goal 1"]);
    expect(steps.map(({ record }) => record.goal?.join(""))).toEqual(["abc", "abc", "cab"]);
    expect(round(model).steps.map(shown)).toEqual(["promotion 2"]);
    model.revive("d");
    expect(round(model).steps.map(shown)).toEqual(["promotion 2", "move 0"]);
  });

  it("says for which partitions nobody can lead", () => {
    const model = new RoundModel("abc", [
      sample("ab", "ab", undefined),
      sample("c", "c", undefined),
    ]);
    model.kill("a");
    model.kill("b");
    expect(round(model)).toMatchObject({ steps: [], stranded: [0] });
  });

  it("lets so many learn at the same time, whoever has the fewest copies first", () => {
    const model = new RoundModel("abcdef", [
      sample("abc", "abc", "abd"),
      sample("abc", "abc", "abe"),
      sample("abc", "ab", "abf"),
      sample("abc", "a", "abf"),
    ]);
    expect(learnersAdded(round(model))).toEqual([2, 3]);
    const busy = new RoundModel("abcdef", [...model.records(), sample("abcF", "abc", "abf")]);
    expect(learnersAdded(round(busy))).toEqual([3]);
    // One that does not live learns nothing, and is in nobody's way.
    busy.kill("f");
    expect(learnersAdded(round(busy))).toEqual([0, 1]);
  });

  it("leaves alone what has got another goal since the plan, and what is frozen", () => {
    const model = new RoundModel("abcd", [
      sample("abc", "abc", "abd"),
      sample("abc", "abc", undefined, { frozen: true }),
      sample("abc", "abc", undefined),
    ]);
    const from = [
      ["a", "b", "c"],
      ["a", "b", "c"],
      ["a", "c", "b"],
    ];
    const goals = [
      ["b", "c", "d"],
      ["b", "c", "d"],
      ["b", "c", "d"],
    ];
    const { steps } = round(model, { from, goals });
    expect(steps.map(shown)).toEqual(["goal 2", "move 0"]);
  });

  it("guards a promotion on its candidate's record, and nothing else on more than its own", () => {
    const model = new RoundModel("abcd", [
      sample("abc", "abc", undefined),
      sample("bcd", "bcd", "bca"),
    ]);
    model.kill("a");
    const guards = round(model).steps.map(({ guard }) => guard?.store);
    expect(guards).toEqual(["b"]);
    model.revive("a");
    expect(round(model).steps.map(({ guard }) => guard?.store)).toEqual(["b", undefined]);
  });
});

const STORES = "abcde";
const store = fc.constantFrom(...Array.from(STORES));
/** A goal of fewer than minInSync is never reached: nobody drops a member then. */
const goal = fc.uniqueArray(store, { minLength: RULES.minInSync, maxLength: 3 });
const partition = fc.nat({ max: 2 });
const controller = fc.nat({ max: 2 });

/** What may happen, in any order. */
const event = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant("leader" as const), partition, pick: fc.nat() }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("look" as const), controller }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("act" as const),
      controller,
      steps: fc.nat({ max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("goal" as const), partition, goal }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("cancel" as const), partition }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("freeze" as const), partition }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("kill" as const), store }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("revive" as const), store }) },
);
type Event = typeof event extends fc.Arbitrary<infer E> ? E : never;

function happen(model: RoundModel, it: Event): void {
  switch (it.type) {
    case "leader":
      model.lead(it.partition, it.pick, RULES.minInSync);
      break;
    case "look":
      model.look(it.controller);
      break;
    case "act": {
      const state = model.seen(it.controller);
      const made = controllerRound({ state, rules: RULES, nonce, planned: undefined });
      expect(made.refused).toEqual([]);
      for (const step of made.steps.slice(0, it.steps)) model.apply(step);
      break;
    }
    case "goal":
      model.change(it.partition, { goal: it.goal });
      break;
    case "cancel":
      model.change(it.partition, { goal: undefined });
      break;
    case "freeze":
      model.change(it.partition, { frozen: !model.record(it.partition).frozen });
      break;
    case "kill":
      model.kill(it.store);
      break;
    case "revive":
      model.revive(it.store);
      break;
  }
}

/** Rounds and leaders in turn until nothing happens; how many it took. */
function settle(model: RoundModel): number {
  for (let rounds = 1; rounds < 100; rounds++) {
    const { steps } = round(model);
    for (const step of steps) expect(model.apply(step)).toBe(true);
    let led = 0;
    for (let each = 0; each < 3; each++) while (model.lead(each, 0, RULES.minInSync)) led += 1;
    if (steps.length === 0 && led === 0) return rounds;
  }
  throw new Error("no rest");
}

describe("Controllers with any view, at any time", () => {
  const history = fc.array(event, { maxLength: 60 });
  const founded = () =>
    new RoundModel(STORES, [
      sample("abc", "abc", undefined),
      sample("bcd", "bcd", undefined),
      sample("e", "e", undefined),
    ]);

  it("never write what the rules refuse, and reach every goal once all live again", () => {
    fc.assert(
      fc.property(history, (events) => {
        const model = founded();
        for (const each of events) happen(model, each);
        for (const each of STORES) model.revive(each);
        for (let each = 0; each < 3; each++) model.change(each, { frozen: false });
        const goals = model.records().map((each) => each.goal);
        settle(model);
        for (const [each, record] of model.records().entries()) {
          expect(record.goal).toBeUndefined();
          expect(new Set(record.replicas.map(({ role }) => role))).toEqual(new Set(["VOTER"]));
          expect(record.inSync).toHaveLength(record.replicas.length);
          const wanted = goals[each];
          if (wanted === undefined) continue;
          expect(record.leader).toBe(wanted[0]);
          expect(record.replicas.map((one) => one.store).sort()).toEqual(wanted.toSorted());
        }
        // And then they rest.
        expect(round(model).steps).toEqual([]);
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  it("never take away a copy that the goal does not have, and never stop on a dead store", () => {
    fc.assert(
      fc.property(history, store, (events, dead) => {
        const model = founded();
        for (const each of events) happen(model, each);
        for (const each of STORES) model.revive(each);
        settle(model);
        const before = model.records();
        model.kill(dead);
        settle(model);
        for (const [each, record] of model.records().entries()) {
          const had = before[each]?.inSync ?? [];
          const left = had.filter((one) => one.store !== dead);
          // Dead alone: nobody can lead, and it is still what the record says.
          if (left.length === 0) expect(record.inSync).toEqual(had);
          else expect(record.leader).not.toBe(dead);
          for (const one of left)
            expect(record.inSync.map((two) => two.store)).toContain(one.store);
        }
        expect(round(model).steps).toEqual([]);
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  it("give a cancelled move up: learners leave, whoever is in sync stays", () => {
    const model = new RoundModel(STORES, [sample("abcD", "abc", "abd")]);
    const record = model.record(0);
    model.change(0, cancelled(record, "operator"));
    for (let rounds = 0; rounds < 3; rounds++)
      for (const step of round(model).steps) model.apply(step);
    expect(model.record(0)).toMatchObject({ goal: undefined, inSync: record.inSync });
    expect(model.record(0).replicas.map((each) => each.store)).toEqual(["a", "b", "c"]);
  });
});
