/**
 * What a partition record is at any time, whoever wrote it: its fields with their bounds, and what
 * must stay true between them. Says nothing of how it may change (partition-record-rules.ts).
 *
 * Never repairs anything: a record is right, or there is a text that names what is wrong.
 */
import { z } from "zod";
import type { Incarnation, PartitionRecord, Replica } from "./partition-record.ts";

/** Twice the most replicas that make sense (7), so that all of them can move at once. */
export const MAX_REPLICAS = 14;

/** As it is part of keys in etcd, of file names and of the ring: no slash, no colon, no space. */
const STORE = /^[A-Za-z0-9._-]{1,64}$/;
/** What a writer puts together from its store, boot and a count. */
const NONCE = /^[\x21-\x7e]{1,128}$/;

const storeText = "must be 1 to 64 of [A-Za-z0-9._-]";
const nonceText = "must be 1 to 128 visible ASCII characters";
const roleText = "must be VOTER, LEARNER or LEAVING";
const countText = "must be a whole number from 1 to 2^53 - 1";
const count = z.int(countText).min(1, countText).max(Number.MAX_SAFE_INTEGER, countText);
const store = z.string(storeText).regex(STORE, storeText);
const role = z.enum(["VOTER", "LEARNER", "LEAVING"], roleText);
const incarnation: z.ZodType<Incarnation> = z.strictObject(
  { store, boot: count },
  "must be { store, boot }",
);
const replica: z.ZodType<Replica> = z.strictObject(
  { store, join: count, role },
  "must be { store, join, role }",
);

/** Of `goal`, which is stored in another form. */
export const goalShape = listOf(store);

export const fieldShapes = {
  epoch: count,
  leader: store,
  leaderBoot: count,
  inSync: listOf(incarnation),
  replicas: listOf(replica),
  joins: count,
  frozen: z.boolean("must be true or false"),
  nonce: z.string(nonceText).regex(NONCE, nonceText),
};

const recordShape = z.strictObject({ ...fieldShapes, goal: goalShape.optional() });

/** What is wrong with it, naming field, value and bound; undefined = nothing. */
export function shapeProblem(record: PartitionRecord): string | undefined {
  const { success, error } = recordShape.safeParse(record);
  return success ? invariantProblem(record) : fieldProblems(record, error);
}

/** Each field that is wrong, with its value and what it must be. */
export function fieldProblems(value: unknown, { issues }: z.ZodError): string {
  return issues
    .map(({ path, message }) => {
      const found = path.reduce((inside, name) => memberOf(inside, name), value);
      const shown = found === undefined ? "missing" : JSON.stringify(found).slice(0, 80);
      return path.length === 0 ? message : `${path.join(".")}: ${shown}, ${message}`;
    })
    .join("; ");
}

function memberOf(value: unknown, name: PropertyKey): unknown {
  return (Object(value) as Readonly<Record<PropertyKey, unknown>>)[name];
}

/** leader ∈ inSync ⊆ voters, nothing twice, no join that was not given. Fields are in bounds. */
function invariantProblem(record: PartitionRecord): string | undefined {
  const { leader, leaderBoot, inSync, replicas, joins, goal = [] } = record;
  const twice =
    repeated("inSync", inSync, (each) => each.store) ??
    repeated("replicas", replicas, (each) => each.store) ??
    repeated("replicas", replicas, (each) => `join ${each.join}`) ??
    repeated("goal", goal, (each) => each);
  if (twice !== undefined) return twice;
  for (const each of replicas) {
    if (each.join > joins) {
      return `replicas: ${each.store} has join ${each.join}, at most joins ${joins}`;
    }
  }
  for (const each of inSync) {
    const found = replicas.find((one) => one.store === each.store)?.role ?? "no replica";
    if (found !== "VOTER") return `inSync: ${each.store} is ${found}, must be VOTER`;
  }
  return inSync.some((each) => each.store === leader && each.boot === leaderBoot)
    ? undefined
    : `inSync: must contain the leader ${leader} at boot ${leaderBoot}`;
}

function repeated<T>(
  field: string,
  list: readonly T[],
  nameOf: (each: T) => string,
): string | undefined {
  const names = list.map(nameOf);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  return twice === undefined ? undefined : `${field}: ${twice} stands there twice`;
}

function listOf<T extends z.ZodType>(each: T): z.ZodArray<T> {
  const text = `must be a list of 1 to ${MAX_REPLICAS}`;
  return z.array(each, text).min(1, text).max(MAX_REPLICAS, text);
}
