/**
 * A partition record as etcd holds it: JSON in UTF-8, all fields always there, in this order.
 *
 *     {"version":1,"epoch":7,"leader":"a","leaderBoot":3,
 *      "inSync":[{"store":"a","boot":3}],
 *      "replicas":[{"store":"a","join":1,"role":"VOTER"}],
 *      "joins":1,"goal":null,"frozen":false,"nonce":"a.3.12"}
 *
 * JSON, because who looks into etcd when something went wrong must be able to read it. `goal` is
 * null where there is none. No checksum: etcd has its own, and a key is never half written.
 *
 * Must stay true: a record has exactly one form. What is read back byte by byte different from what
 * would be written is CLUSTER_DAMAGED: a field that stands there twice, or a digit too many, is no
 * matter of taste where the record decides who may grant.
 */
import { z } from "zod";
import { ClaimdError } from "../errors.ts";
import type { PartitionRecord } from "./partition-record.ts";
import { fieldProblems, fieldShapes, goalShape, shapeProblem } from "./partition-record-shape.ts";

const VERSION = 1;
/** Three times what the largest record needs; etcd's own bound is 1.5 MiB for a whole request. */
export const MAX_RECORD_BYTES = 16 * 1024;

const storedShape = z.strictObject({ ...fieldShapes, goal: goalShape.nullable() });

export function encodePartitionRecord(record: PartitionRecord): Uint8Array {
  const { epoch, leader, leaderBoot, inSync, replicas, joins, goal, frozen, nonce } = record;
  const stored: Readonly<Record<"version" | keyof PartitionRecord, unknown>> = {
    version: VERSION,
    epoch,
    leader,
    leaderBoot,
    inSync: inSync.map(({ store, boot }) => ({ store, boot })),
    replicas: replicas.map(({ store, join, role }) => ({ store, join, role })),
    joins,
    goal: goal ?? null,
    frozen,
    nonce,
  };
  return Buffer.from(JSON.stringify(stored));
}

/** Throws CLUSTER_DAMAGED, naming field, value and bound. */
export function decodePartitionRecord(bytes: Uint8Array): PartitionRecord {
  if (bytes.length > MAX_RECORD_BYTES) {
    throw damaged(`has ${bytes.length} bytes, at most ${MAX_RECORD_BYTES}`);
  }
  const { version, ...fields } = Object(parsed(bytes)) as Readonly<Record<string, unknown>>;
  if (version !== VERSION) {
    const shown = version === undefined ? "none" : JSON.stringify(version);
    throw damaged(`has version ${shown}, must be ${VERSION}`);
  }
  const { success, data, error } = storedShape.safeParse(fields);
  if (!success) throw damaged(`is not one: ${fieldProblems(fields, error)}`);
  const record: PartitionRecord = { ...data, goal: data.goal ?? undefined };
  const problem = shapeProblem(record);
  if (problem !== undefined) throw damaged(`can't be: ${problem}`);
  const expected = encodePartitionRecord(record);
  const at = expected.findIndex((byte, index) => byte !== bytes[index]);
  if (at >= 0 || bytes.length !== expected.length) {
    const where = at < 0 ? expected.length : at;
    throw damaged(`has another form than it is written in, from byte ${where} on`);
  }
  return record;
}

function parsed(bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw damaged("is not JSON in UTF-8", cause);
  }
}

function damaged(what: string, cause?: unknown): ClaimdError {
  return new ClaimdError("CLUSTER_DAMAGED", `a partition record ${what}`, { cause });
}
