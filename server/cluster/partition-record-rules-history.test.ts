/**
 * Any history of changes that the rules accept, whoever tried them: what must stay true is checked
 * here by itself, not by the functions under test.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Incarnation, PartitionRecord, ReplicaRole } from "./partition-record.ts";
import { type Actor, recordProblem } from "./partition-record-rules.ts";
import { at, replica } from "./test/partition-record-samples.ts";

const STORES = ["a", "b", "c", "d", "e", "f"];
const MIN_IN_SYNC = 2;

/** One thing done to a record, legal or not. */
type Edit = (record: PartitionRecord) => PartitionRecord;
interface Attempt {
  readonly name: string;
  readonly by: Actor["type"];
  readonly edits: readonly Edit[];
  readonly isStale: boolean;
  readonly hasNewNonce: boolean;
}

const without = (set: readonly Incarnation[], store: string): readonly Incarnation[] =>
  set.filter((each) => each.store !== store);

const moveEpoch =
  (by: number): Edit =>
  (record) => ({ ...record, epoch: record.epoch + by });
const lead =
  (store: string): Edit =>
  (record) => {
    const boot = record.inSync.find((each) => each.store === store)?.boot ?? 1;
    return { ...record, leader: store, leaderBoot: boot };
  };
const restart =
  (store: string, boot: number): Edit =>
  (record) => {
    const inSync = [...without(record.inSync, store), at(store, boot)];
    return { ...record, inSync, ...(record.leader === store ? { leaderBoot: boot } : {}) };
  };
const drop =
  (store: string): Edit =>
  (record) => ({ ...record, inSync: without(record.inSync, store) });
const become =
  (store: string, role: ReplicaRole): Edit =>
  (record) => ({
    ...record,
    replicas: record.replicas.map((each) => (each.store === store ? { ...each, role } : each)),
  });
const remove =
  (store: string): Edit =>
  (record) => ({ ...record, replicas: record.replicas.filter((each) => each.store !== store) });
const add =
  (store: string, role: ReplicaRole, back: number): Edit =>
  (record) => ({
    ...record,
    replicas: [...record.replicas, replica(store, record.joins - back, role)],
  });
const moveJoins =
  (by: number): Edit =>
  (record) => ({ ...record, joins: record.joins + by });
const rejoin =
  (store: string, join: number): Edit =>
  (record) => ({
    ...record,
    replicas: record.replicas.map((each) => (each.store === store ? { ...each, join } : each)),
  });
const aim =
  (goal: readonly string[] | undefined): Edit =>
  (record) => ({ ...record, goal });
const freeze =
  (frozen: boolean): Edit =>
  (record) => ({ ...record, frozen });

const store = fc.constantFrom(...STORES);
const boot = fc.integer({ min: 1, max: 4 });
const role = fc.constantFrom<ReplicaRole>("VOTER", "LEARNER", "LEAVING");
const step = fc.constantFrom(-1, 1, 1, 2);

const anyEdit: fc.Arbitrary<Edit> = fc.oneof(
  step.map(moveEpoch),
  store.map(lead),
  fc.tuple(store, boot).map(([s, b]) => restart(s, b)),
  store.map(drop),
  fc.tuple(store, role).map(([s, r]) => become(s, r)),
  store.map(remove),
  fc.tuple(store, role, fc.nat({ max: 2 })).map(([s, r, back]) => add(s, r, back)),
  step.map(moveJoins),
  fc.tuple(store, fc.integer({ min: 1, max: 9 })).map(([s, join]) => rejoin(s, join)),
  fc.option(fc.shuffledSubarray(STORES, { minLength: 1 }), { nil: undefined }).map(aim),
  fc.boolean().map(freeze),
);

/** Changes as they are meant to be, legal or not by the record; and some that look like them. */
const meant = fc
  .tuple(store, boot, fc.boolean())
  .chain(([s, b, drops]) =>
    fc.constantFrom<readonly [string, Actor["type"], readonly Edit[]]>(
      ["hand over", "leader", [lead(s), moveEpoch(1)]],
      ["admit", "leader", [become(s, "VOTER"), restart(s, b)]],
      ["drop", "leader", [drop(s)]],
      ["promote", "promoter", [lead(s), restart(s, b), moveEpoch(1)]],
      [
        "promote and drop",
        "promoter",
        [(old) => drop(drops ? old.leader : "f")(lead(s)(old)), moveEpoch(1)],
      ],
      ["add", "planner", [moveJoins(1), add(s, "LEARNER", 0)]],
      ["leave", "planner", [become(s, "LEAVING")]],
      ["leave", "planner", [become(s, "LEAVING")]],
      ["remove", "planner", [remove(s)]],
      ["remove", "planner", [remove(s)]],
      ["aim", "planner", [aim(drops ? [s] : undefined), freeze(drops)]],
      ["settle", "leader", []],
      ["misdeed", "planner", [moveJoins(1), add(s, "LEARNER", b)]],
      ["misdeed", "planner", [moveJoins(1), remove(s), add(s, "LEARNER", 0)]],
      ["misdeed", "planner", [rejoin(s, 2 * b - (drops ? 1 : 0))]],
    ),
  );

const rarely = fc.integer({ min: 0, max: 19 }).map((dice) => dice === 0);
const attempt: fc.Arbitrary<Attempt> = fc
  .tuple(
    meant,
    fc.oneof(
      { weight: 3, arbitrary: fc.constant<readonly Edit[]>([]) },
      { weight: 1, arbitrary: fc.array(anyEdit, { minLength: 1, maxLength: 2 }) },
    ),
    fc.constantFrom<Actor["type"]>("leader", "promoter", "planner", "founder"),
    rarely,
    rarely,
    rarely,
  )
  .map(([[name, by, edits], further, other, isOther, isStale, isOldNonce]) => ({
    name: further.length === 0 ? name : "odd",
    by: isOther ? other : by,
    edits: [...edits, ...further],
    isStale,
    hasNewNonce: !isOldNonce,
  }));

const FIRST: PartitionRecord = {
  epoch: 1,
  leader: "a",
  leaderBoot: 1,
  inSync: [at("a", 1), at("b", 1), at("c", 1)],
  replicas: [replica("a", 1, "VOTER"), replica("b", 2, "VOTER"), replica("c", 3, "VOTER")],
  joins: 3,
  goal: undefined,
  frozen: false,
  nonce: "0",
};

function actorOf({ by, isStale }: Attempt, { leader, leaderBoot, epoch }: PartitionRecord): Actor {
  if (by !== "leader") return { type: by };
  const past = isStale ? epoch - 1 : epoch;
  return { type: "leader", incarnation: at(leader, leaderBoot), epoch: past };
}

/** What was true over the whole history so far. */
class Witness {
  readonly #leaders = new Map<number, string>();
  readonly #joins = new Map<number, string>();
  readonly #gone = new Set<number>();
  readonly #left = new Set<number>();

  see(old: PartitionRecord | undefined, next: PartitionRecord): void {
    const { inSync, replicas, leader, leaderBoot, epoch } = next;
    const members = inSync.map((each) => each.store);
    const voters = replicas.filter((each) => each.role === "VOTER").map((each) => each.store);
    expect(inSync).toContainEqual(at(leader, leaderBoot));
    expect(new Set(members).size).toBe(members.length);
    expect(new Set(replicas.map((each) => each.store)).size).toBe(replicas.length);
    expect(voters).toEqual(expect.arrayContaining(members));
    // One leader, at one boot, for each epoch.
    const named = `${leader} ${leaderBoot}`;
    expect(this.#leaders.get(epoch) ?? named).toBe(named);
    this.#leaders.set(epoch, named);
    for (const { store: each, join, role: now } of replicas) {
      expect(this.#joins.get(join) ?? each).toBe(each);
      expect(this.#gone.has(join)).toBe(false);
      expect(join).toBeLessThanOrEqual(next.joins);
      if (now === "LEAVING") this.#left.add(join);
      else expect(this.#left.has(join)).toBe(false);
      this.#joins.set(join, each);
    }
    for (const join of this.#joins.keys()) {
      if (!replicas.some((each) => each.join === join)) this.#gone.add(join);
    }
    if (old !== undefined) this.#seeChange(old, next);
  }

  #seeChange(old: PartitionRecord, next: PartitionRecord): void {
    const before = old.inSync.map((each) => each.store);
    expect([old.epoch, old.epoch + 1]).toContain(next.epoch);
    expect(next.joins).toBeGreaterThanOrEqual(old.joins);
    expect(next.nonce).not.toBe(old.nonce);
    expect(before).toContain(next.leader);
    expect(next.inSync.length).toBeGreaterThanOrEqual(Math.min(MIN_IN_SYNC, before.length));
    for (const { store: each, boot: now } of next.inSync) {
      const earlier = old.inSync.find((one) => one.store === each)?.boot ?? 0;
      expect(now).toBeGreaterThanOrEqual(earlier);
    }
    for (const { store: each, join } of next.replicas) {
      const known = old.replicas.find((one) => one.store === each);
      expect(join).toBe(known?.join ?? Math.max(join, old.joins + 1));
    }
  }
}

describe("any history of accepted changes", () => {
  it("keeps what must stay true", () => {
    const accepted = new Map<string, number>();
    let refused = 0;
    fc.assert(
      fc.property(fc.array(attempt, { minLength: 100, maxLength: 200 }), (attempts) => {
        const witness = new Witness();
        let record = FIRST;
        const founder: Actor = { type: "founder" };
        expect(
          recordProblem(undefined, FIRST, founder, { minInSync: MIN_IN_SYNC }),
        ).toBeUndefined();
        witness.see(undefined, record);
        for (const [index, each] of attempts.entries()) {
          const nonce = each.hasNewNonce ? String(index + 1) : record.nonce;
          const edited = each.edits.reduce((before, edit) => edit(before), record);
          const next = { ...edited, nonce };
          const by = actorOf(each, record);
          if (recordProblem(record, next, by, { minInSync: MIN_IN_SYNC }) !== undefined) {
            refused += 1;
            continue;
          }
          expect(each.isStale && by.type === "leader").toBe(false);
          expect(by.type).not.toBe("founder");
          witness.see(record, next);
          accepted.set(each.name, (accepted.get(each.name) ?? 0) + 1);
          record = next;
        }
      }),
      { numRuns: 60 },
    );
    const kinds = "hand over,admit,drop,promote,promote and drop,add,leave,remove,aim,settle,odd";
    for (const kind of kinds.split(",")) expect(accepted.get(kind), kind).toBeGreaterThan(30);
    expect(refused).toBeGreaterThan(1000);
  }, 60_000);
});
