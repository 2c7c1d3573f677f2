/**
 * The commands of a Batch that other nodes lead: cut out of the columns as they came, and the
 * answers to them put where they belong.
 *
 * Must stay true: an answer keeps the index of its command, and all answers together stay within
 * the room for results.
 */
import type { Answers, Answers__Output, Commands, Commands__Output } from "@claimd/proto";
import { LIMITS } from "../limits.ts";
import type { Result } from "../storage/claim-record.ts";

/** Of commands that were found to be well-formed. `indexes` grow. */
export function commandsAt(
  groups: readonly Commands__Output[],
  indexes: readonly number[],
): Commands[] {
  const parts: Commands[] = [];
  let first = 0;
  let at = 0;
  for (const group of groups) {
    const end = first + group.keyBytes.length;
    const picked: number[] = [];
    for (; (indexes[at] ?? end) < end; at += 1) picked.push((indexes[at] as number) - first);
    if (picked.length > 0) parts.push(partOf(group, picked));
    first = end;
  }
  return parts;
}

function partOf(group: Commands__Output, picked: readonly number[]): Commands {
  const count = group.keyBytes.length;
  // A column that does not fit is one of another verb: nobody looks at it.
  const some = <T>(column: readonly T[]): T[] =>
    column.length === count ? picked.map((at) => column[at] as T) : [];
  return {
    ...group,
    keys: slices(group.keys, group.keyBytes, picked),
    keyBytes: some(group.keyBytes),
    claimIds: slices(group.claimIds, CLAIM_IDS.slice(0, count), picked),
    fingerprints: slices(group.fingerprints, group.fingerprintBytes, picked),
    fingerprintBytes: some(group.fingerprintBytes),
    traceparents: some(group.traceparents),
    results: some(group.results),
    fencingTokens: some(group.fencingTokens),
  };
}

const CLAIM_IDS = new Array<number>(LIMITS.batchCommands.max).fill(LIMITS.claimIdBytes.exact);

function slices(bytes: Buffer, lengths: readonly number[], picked: readonly number[]): Buffer {
  const starts: number[] = [];
  let end = 0;
  for (const length of lengths) {
    starts.push(end);
    end += length;
  }
  return Buffer.concat(
    picked.map((at) => {
      const start = starts[at] ?? 0;
      return bytes.subarray(start, start + (lengths[at] ?? 0));
    }),
  );
}

/** Adds `from`, the answers to the commands at `indexes`, with results as `fitted` lets them. */
export function addAnswers(
  to: Answers,
  from: Answers__Output,
  indexes: readonly number[],
  fitted: (result: Result | undefined) => Result | undefined,
): void {
  const placed = <T extends { readonly index: number[] }>(each: T): T => ({
    ...each,
    index: each.index.map((at) => indexes[at] as number),
  });
  const withResult = <T extends { readonly result: Result | null }>(holder: T | null) =>
    holder && { ...holder, result: fitted(holder.result ?? undefined) ?? null };
  for (const each of from.claims) {
    (to.claims ??= []).push({ ...placed(each), answer: withResult(each.answer) });
  }
  for (const each of from.settles) {
    const answer = each.answer && { ...each.answer, current: withResult(each.answer.current) };
    (to.settles ??= []).push({ ...placed(each), answer });
  }
  for (const each of from.gets) {
    const answer = each.answer && { ...each.answer, record: withResult(each.answer.record) };
    (to.gets ??= []).push({ ...placed(each), answer });
  }
  (to.forgets ??= []).push(...from.forgets.map(placed));
  (to.refusals ??= []).push(...from.refusals.map(placed));
}
