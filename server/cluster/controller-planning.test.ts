import { beforeEach, describe, expect, it } from "vitest";
import { PARTITIONS } from "../limits.ts";
import { placementIn, Planning } from "./controller-planning.ts";
import { controllerRound, type Planned } from "./controller-round.ts";
import { plan } from "./planner.ts";
import { partitionSample } from "./test/partition-sample.ts";
import { RoundModel } from "./test/round-model.ts";

const RULES = { replicas: 3, minInSync: 2, replaceAfterMs: 600_000, learners: 8 };
const MEMBERS = Array.from("abc").map((store) => ({ store, zone: store }));
const { goals: HOME } = plan(MEMBERS, [], { partitions: PARTITIONS, replicas: 3 });

let model: RoundModel;
let plans: number;
let nonces = 0;

beforeEach(() => {
  model = new RoundModel(
    "abcd",
    HOME.map((place) => partitionSample(place.join(""), place.join(""), undefined)),
  );
  plans = 0;
});

const planning = (store: string): Planning =>
  new Planning({ store, rules: RULES, onPlan: () => (plans += 1) });

/** Publishes at most so many goals. */
function publish(planned: Planned | undefined, most: number): void {
  const nonce = () => `planning-${++nonces}`;
  const { steps } = controllerRound({ state: model.view(), rules: RULES, nonce, planned });
  for (const step of steps.filter(({ type }) => type === "goal").slice(0, most)) model.apply(step);
}

const goals = (): number => model.records().filter(({ goal }) => goal !== undefined).length;

describe("Planning", () => {
  it("plans once nothing has changed for a while, and not again for the same", () => {
    const a = planning("a");
    expect(a.next(model.view(), 0)).toBeUndefined();
    expect(a.next(model.view(), 4999)).toBeUndefined();
    model.kill("d");
    expect(a.next(model.view(), 5000)).toBeUndefined();
    model.revive("d");
    expect(a.next(model.view(), 6000)).toBeUndefined();
    expect(a.next(model.view(), 10_999)).toBeUndefined();
    const planned = a.next(model.view(), 11_000);
    expect(planned?.from).toEqual(placementIn(model.view()));
    publish(planned, Infinity);
    expect(goals()).toBeGreaterThan(150);
    for (const nowMs of [12_000, 30_000, 90_000]) {
      expect(a.next(model.view(), nowMs)).toBeUndefined();
    }
    // The second time it found nothing to move.
    expect(plans).toBe(1);
  });

  it("goes on with a plan until all of it is published", () => {
    const a = planning("a");
    a.next(model.view(), 0);
    const planned = a.next(model.view(), 5000);
    publish(planned, 10);
    expect(a.next(model.view(), 5100)).toBe(planned);
    publish(planned, 10);
    expect(goals()).toBe(20);
    expect(a.next(model.view(), 5200)).toBe(planned);
    expect(plans).toBe(1);
  });

  it("gives a plan up when it was made for others than are there", () => {
    const a = planning("a");
    a.next(model.view(), 0);
    publish(a.next(model.view(), 5000), 10);
    model.kill("d");
    // Away for a while, and a goal counts on it: a member still.
    expect(a.next(model.view(), 6000)).toBeDefined();
    expect(a.next(model.view(), 606_000)).toBeUndefined();
    const back = a.next(model.view(), 700_000);
    publish(back, Infinity);
    const wanted = placementIn(model.view()) ?? [];
    expect(wanted.flat()).not.toContain("d");
  });

  it("lets the first of the living stores go first, and sees what that has done", () => {
    const [a, b] = [planning("a"), planning("b")];
    for (const each of [a, b]) each.next(model.view(), 0);
    const planned = a.next(model.view(), 5000);
    expect(b.next(model.view(), 5000)).toBeUndefined();
    publish(planned, Infinity);
    expect(b.next(model.view(), 7000)).toBeUndefined();
    expect(b.next(model.view(), 60_000)).toBeUndefined();
    expect(plans).toBe(1);
  });

  it("never fights with another plan: what has got a goal since is left alone", () => {
    const [a, b] = [planning("a"), planning("b")];
    for (const each of [a, b]) each.next(model.view(), 0);
    const one = a.next(model.view(), 5000);
    publish(one, 60);
    // The second one has waited long enough before it saw any of it.
    const two = b.next(model.view(), 5000 + 60_000);
    expect(two).toBeUndefined();
    const late = b.next(model.view(), 200_000);
    publish(late, 60);
    const before = model.records();
    publish(one, Infinity);
    for (const [partition, { goal }] of before.entries()) {
      if (goal !== undefined) expect(model.record(partition).goal).toEqual(goal);
    }
    let nowMs = 300_000;
    for (let rounds = 0; rounds < 10; rounds++) {
      for (const each of [a, b]) publish(each.next(model.view(), nowMs), Infinity);
      nowMs += 10_000;
    }
    const settled = model.records();
    for (const each of [a, b]) publish(each.next(model.view(), nowMs), Infinity);
    expect(model.records()).toEqual(settled);
  });

  it("plans again when something is frozen no more", () => {
    const a = planning("a");
    for (let partition = 0; partition < PARTITIONS; partition++) {
      model.change(partition, { frozen: true });
    }
    a.next(model.view(), 0);
    publish(a.next(model.view(), 5000), Infinity);
    expect(goals()).toBe(0);
    expect(a.next(model.view(), 50_000)).toBeUndefined();
    for (let partition = 0; partition < PARTITIONS; partition++) {
      model.change(partition, { frozen: false });
    }
    a.next(model.view(), 60_000);
    publish(a.next(model.view(), 65_000), Infinity);
    expect(goals()).toBeGreaterThan(150);
  });

  it("plans nothing for fewer than minInSync, or around partitions that are not known", () => {
    const a = planning("a");
    for (const store of "bcd") model.kill(store);
    const few = { ...RULES, replicas: 1, replaceAfterMs: 0 };
    const alone = new Planning({ store: "a", rules: few, onPlan: () => (plans += 1) });
    for (const nowMs of [0, 60_000, 120_000]) {
      expect(alone.next(model.view(), nowMs)).toBeUndefined();
    }
    for (const store of "bcd") model.revive(store);
    const partitions = new Map([...model.view().partitions].slice(1));
    for (const nowMs of [0, 60_000, 120_000]) {
      expect(a.next({ ...model.view(), partitions }, nowMs)).toBeUndefined();
    }
    expect(plans).toBe(0);
  });
});

describe("placementIn", () => {
  it("has followers in one order, so that a finished move is no other situation", () => {
    const place = placementIn(model.view())?.[0] ?? [];
    const [leader = "", ...others] = place;
    model.change(0, { goal: [leader, ...others.toReversed()] });
    expect(placementIn(model.view())?.[0]).toEqual(place);
  });
});
