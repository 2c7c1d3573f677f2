/**
 * Which change of a partition record is legal, for whom. Pure, and run before every write: the last
 * place where a mistake in a leader, a controller or a command of an operator can be stopped before
 * etcd makes it true. It never replaces the guard on the record's revision (R1).
 *
 *     who       epoch, leader, boot    inSync                 replicas, joins   goal, frozen
 *     founder   epoch 1                any voters             given in order    any
 *     leader    stay                   more, fewer, restarts  LEARNER → VOTER   stay
 *               +1 to hand over        stays                  stay              stay
 *     promoter  +1, one of inSync      fewer, leader's boot   stay              stay
 *     planner   stay                   stays                  in, out           any
 *
 * Each write has a new nonce. Everybody may write what is there with a new nonce (R9).
 *
 * Must stay true: leader ∈ inSync ⊆ voters; epoch and joins never fall; a join is given once;
 * nothing is dropped from inSync so that fewer than `minInSync` stay.
 */
import { unreachable } from "../errors.ts";
import type { Incarnation, PartitionRecord, Replica } from "./partition-record.ts";
import { shapeProblem } from "./partition-record-shape.ts";

/** Who writes. */
export type Actor =
  /** Leads at that epoch, by what it read (R6, R7, R10). */
  | { readonly type: "leader"; readonly incarnation: Incarnation; readonly epoch: number }
  /** A controller, or a leader that takes up its own partition again (R4). */
  | { readonly type: "promoter" }
  /** A controller that moves the partition, or an operator: replicas, goal, frozen. */
  | { readonly type: "planner" }
  /** Makes the first record. */
  | { readonly type: "founder" };

export interface RecordRules {
  /** A grant needs so many members, 1 or more. 1 only where there is one replica by intention. */
  readonly minInSync: number;
}

type Field = keyof PartitionRecord;

/** What is wrong with the change, naming field and values; undefined = it may be written. */
export function recordProblem(
  old: PartitionRecord | undefined,
  next: PartitionRecord,
  by: Actor,
  rules: RecordRules,
): string | undefined {
  const problem = shapeProblem(next);
  if (problem !== undefined) return problem;
  if (old === undefined) {
    return by.type === "founder" ? foundingProblem(next) : "there is no record: a founder makes it";
  }
  if (next.nonce === old.nonce) return `nonce: ${next.nonce} is the old one, must be new`;
  switch (by.type) {
    case "leader":
      return leaderProblem(old, next, by, rules);
    case "promoter":
      return promotionProblem(old, next, rules);
    case "planner":
      return planningProblem(old, next);
    case "founder":
      return `there is a record of epoch ${old.epoch}: a founder makes the first one only`;
    default:
      return unreachable(by);
  }
}

/** Members may be fewer than `minInSync`: a cluster grows, and grants when it is large enough. */
function foundingProblem({ epoch, joins, replicas }: PartitionRecord): string | undefined {
  if (epoch !== 1) return `epoch: ${epoch}, must be 1 in the first record`;
  if (joins !== replicas.length)
    return `joins: ${joins}, must be ${replicas.length}, one a replica`;
  const leaving = replicas.find(({ role }) => role === "LEAVING");
  return leaving && `replicas: ${leaving.store} is LEAVING in the first record`;
}

function leaderProblem(
  old: PartitionRecord,
  next: PartitionRecord,
  { incarnation, epoch }: Actor & { readonly type: "leader" },
  rules: RecordRules,
): string | undefined {
  const named = `${old.leader} at boot ${old.leaderBoot} for epoch ${old.epoch}`;
  const writer = `${incarnation.store} at boot ${incarnation.boot} for epoch ${epoch}`;
  if (named !== writer) return `leader: the record names ${named}, the writer is ${writer}`;
  if (next.epoch !== old.epoch) return handOverProblem(old, next);
  return (
    staysProblem(old, next, ["leader", "leaderBoot", "joins", "goal", "frozen"]) ??
    sameStoresProblem(old, next) ??
    bootProblem(old, next) ??
    sizeProblem(old, next, rules) ??
    // That it becomes a VOTER is a matter of the shape: `inSync` has nobody else.
    keptProblem(old, next, ({ store }) =>
      bootIn(next, store) !== undefined
        ? undefined
        : "a leader only makes a LEARNER a VOTER, together with adding it to inSync",
    )
  );
}

/** R10. The target is in sync: `inSync` stays, and the shape wants the new leader in it. */
function handOverProblem(old: PartitionRecord, next: PartitionRecord): string | undefined {
  if (next.epoch !== old.epoch + 1) {
    return `epoch: ${old.epoch} → ${next.epoch}, a hand-over takes it to ${old.epoch + 1}`;
  }
  if (next.leader === old.leader) {
    return `leader: ${next.leader} hands over to itself; it is promoted instead`;
  }
  return staysProblem(old, next, ["inSync", "replicas", "joins", "goal", "frozen"]);
}

/** R4. Sent again to settle an unknown outcome it may also change nothing (R9). */
function promotionProblem(
  old: PartitionRecord,
  next: PartitionRecord,
  rules: RecordRules,
): string | undefined {
  const stays = staysProblem(old, next, ["replicas", "joins", "goal", "frozen"]);
  if (stays !== undefined) return stays;
  if (next.epoch === old.epoch) return staysProblem(old, next, ["leader", "leaderBoot", "inSync"]);
  if (next.epoch !== old.epoch + 1) {
    return `epoch: ${old.epoch} → ${next.epoch}, a promotion takes it to ${old.epoch + 1}`;
  }
  for (const { store, boot } of next.inSync) {
    const before = bootIn(old, store);
    if (before === undefined) return `inSync: ${store} was not in it, a promotion adds nobody`;
    if (boot !== before && store !== next.leader) {
      return `inSync: the boot of ${store} ${before} → ${boot}, a promotion changes its leader's`;
    }
  }
  return bootProblem(old, next) ?? sizeProblem(old, next, rules);
}

function planningProblem(old: PartitionRecord, next: PartitionRecord): string | undefined {
  const stays = staysProblem(old, next, ["epoch", "leader", "leaderBoot", "inSync"]);
  if (stays !== undefined) return stays;
  const added = next.replicas.filter(({ store }) => replicaIn(old, store) === undefined);
  const joins = old.joins + added.length;
  if (next.joins !== joins) {
    return `joins: ${old.joins} → ${next.joins}, must be ${joins} with ${added.length} added`;
  }
  for (const { store, join, role } of added) {
    if (role !== "LEARNER") return `replicas: ${store} is added as ${role}, must be LEARNER`;
    if (join <= old.joins) return `replicas: ${store} is added with join ${join}, which was given`;
  }
  for (const { store, role } of old.replicas) {
    if (role !== "LEAVING" && replicaIn(next, store) === undefined) {
      return `replicas: ${store} is removed as ${role}, must be LEAVING before`;
    }
  }
  // That nobody leaves who is in sync is a matter of the shape too.
  return keptProblem(old, next, ({ role }) =>
    role === "LEAVING" ? undefined : "a planner only makes replicas LEAVING",
  );
}

/** Replicas that stay keep their join; what their role becomes is for `mayBecome` to say. */
function keptProblem(
  old: PartitionRecord,
  next: PartitionRecord,
  mayBecome: (after: Replica) => string | undefined,
): string | undefined {
  for (const { store, join, role } of old.replicas) {
    const after = replicaIn(next, store);
    if (after === undefined) continue;
    if (after.join !== join) {
      return `replicas: the join of ${store} ${join} → ${after.join}, it is given once`;
    }
    if (after.role === role) continue;
    const problem =
      role === "LEAVING" ? "who leaves never comes back under its join" : mayBecome(after);
    if (problem !== undefined) return `replicas: ${store} ${role} → ${after.role}, ${problem}`;
  }
  return undefined;
}

function sameStoresProblem(old: PartitionRecord, next: PartitionRecord): string | undefined {
  const added = next.replicas.find(({ store }) => replicaIn(old, store) === undefined);
  if (added !== undefined) return `replicas: ${added.store} is added, which a planner does`;
  const removed = old.replicas.find(({ store }) => replicaIn(next, store) === undefined);
  return removed && `replicas: ${removed.store} is removed, which a planner does`;
}

/** A store's later start never makes room for an earlier one. */
function bootProblem(old: PartitionRecord, next: PartitionRecord): string | undefined {
  const fallen = next.inSync.find(({ store, boot }) => boot < (bootIn(old, store) ?? boot));
  if (fallen === undefined) return undefined;
  const { store, boot } = fallen;
  return `inSync: the boot of ${store} ${bootIn(old, store)} → ${boot}, it never falls`;
}

/** R4, R7. A set that is too small already may stay so: it grants nothing. */
function sizeProblem(
  old: PartitionRecord,
  next: PartitionRecord,
  { minInSync }: RecordRules,
): string | undefined {
  const dropped = old.inSync.filter(({ store }) => bootIn(next, store) === undefined);
  const size = next.inSync.length;
  if (dropped.length === 0 || size >= minInSync) return undefined;
  const names = dropped.map(({ store }) => store).join(", ");
  return `inSync: ${size} without ${names}, at least minInSync ${minInSync} must stay`;
}

function staysProblem(
  old: PartitionRecord,
  next: PartitionRecord,
  fields: readonly Exclude<Field, "nonce">[],
): string | undefined {
  const changed = fields.find((field) => shown(old, field) !== shown(next, field));
  return changed && `${changed}: ${shown(old, changed)} → ${shown(next, changed)}, it must stay`;
}

/** Equal for equal values: `inSync` and `replicas` are sets, `goal` is a list. */
function shown(record: PartitionRecord, field: Field): string {
  switch (field) {
    case "inSync":
      return textOf(record.inSync.map(({ store, boot }) => `${store} at boot ${boot}`));
    case "replicas":
      return textOf(record.replicas.map(({ store, join, role }) => `${store} ${role} ${join}`));
    case "goal":
      return record.goal === undefined ? "none" : `[${record.goal.join(", ")}]`;
    default:
      return String(record[field]);
  }
}

function textOf(set: readonly string[]): string {
  return `[${set.toSorted().join(", ")}]`;
}

function bootIn({ inSync }: PartitionRecord, store: string): number | undefined {
  return inSync.find((each) => each.store === store)?.boot;
}

function replicaIn({ replicas }: PartitionRecord, store: string): Replica | undefined {
  return replicas.find((each) => each.store === store);
}
