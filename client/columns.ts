/**
 * Commands to columns, columns to replies.
 *
 * A command's index is its position in the frame, counted over all groups in their order. Must stay
 * true: `layOut` returns the calls in exactly that order.
 */
import type {
  Answers__Output as Answers,
  Commands,
  Error__Output as WireError,
} from "@claimd/proto";
import { type Call, type Shape, sameShape } from "./call.ts";
import { joinedClaimIds } from "./claim-ids.ts";
import { type ClaimdError, errorOfRefusal } from "./errors.ts";
import { joinedKeys } from "./key-bytes.ts";
import type { Reply } from "./reply.ts";

interface Group {
  readonly shape: Shape;
  readonly calls: Call[];
}

/** How far back a fitting group is looked for: many different shapes must not cost their square. */
const LOOK_BACK = 8;

function groupsOf(calls: readonly Call[]): readonly Group[] {
  const groups: Group[] = [];
  for (const call of calls) {
    let group: Group | undefined;
    for (let at = groups.length - 1; at >= 0 && at >= groups.length - LOOK_BACK; at--) {
      const each = groups[at];
      if (each !== undefined && sameShape(each.shape, call.shape)) {
        group = each;
        break;
      }
    }
    if (group === undefined) {
      group = { shape: call.shape, calls: [] };
      groups.push(group);
    }
    group.calls.push(call);
  }
  return groups;
}

const NOTHING = Buffer.alloc(0);

function columnsOf({ shape, calls }: Group): Commands {
  const columns: Commands = {
    ...shape,
    keys: joinedKeys(calls.map(({ command }) => command.key)),
    keyBytes: calls.map(({ keyBytes }) => keyBytes),
  };
  if (shape.verb === "FORGET") {
    columns.fencingTokens = calls.map(({ command }) => command.fencingToken ?? 0);
  } else if (shape.verb !== "GET") {
    columns.claimIds = joinedClaimIds(calls.map(({ command }) => command.claimId ?? ""));
  }
  // An empty result is no result: the server takes it so.
  if (calls.some(({ command }) => command.result !== undefined)) {
    columns.results = calls.map(({ command }) => command.result ?? {});
  }
  if (calls.some(({ command }) => command.fingerprint !== undefined)) {
    const fingerprints = calls.map(({ command }) => command.fingerprint ?? NOTHING);
    columns.fingerprints = Buffer.concat(fingerprints);
    columns.fingerprintBytes = fingerprints.map(({ length }) => length);
  }
  if (calls.some(({ command }) => command.traceparent !== undefined)) {
    columns.traceparents = calls.map(({ command }) => command.traceparent ?? "");
  }
  return columns;
}

export interface LaidOut {
  readonly commands: Commands[];
  /** By index. */
  readonly calls: Call[];
}

export function layOut(calls: Call[]): LaidOut {
  const groups = groupsOf(calls);
  return {
    commands: groups.map(columnsOf),
    calls: groups.length === 1 ? calls : groups.flatMap((group) => group.calls),
  };
}

export interface Hearer {
  answered(index: number, reply: Reply): void;
  /** `said` is the refusal as it came. */
  refused(index: number, error: ClaimdError, said: WireError): void;
}

/** Goes through what has been answered. A group without an answer is left out: nothing was said. */
export function readAnswers(answers: Answers, sentAtMs: number, hearer: Hearer): void {
  for (const { index, answer, fencingToken, ageMs, expiresInMs } of answers.claims) {
    if (answer === null) continue;
    let at = -1;
    for (const each of index) {
      at++;
      hearer.answered(each, {
        type: "claim",
        answer,
        fencingToken: fencingToken[at] ?? answer.fencingToken,
        ageMs: ageMs[at] ?? answer.ageMs,
        expiresInMs: expiresInMs[at] ?? answer.expiresInMs,
        sentAtMs,
      });
    }
  }
  for (const { index, answer } of answers.settles) {
    if (answer === null) continue;
    for (const each of index) hearer.answered(each, { type: "settle", answer, sentAtMs });
  }
  for (const { index, answer } of answers.gets) {
    if (answer === null) continue;
    for (const each of index) hearer.answered(each, { type: "get", answer, sentAtMs });
  }
  for (const { index, answer } of answers.forgets) {
    if (answer === null) continue;
    for (const each of index) hearer.answered(each, { type: "forget", answer, sentAtMs });
  }
  for (const { index, error } of answers.refusals) {
    if (error === null) continue;
    for (const each of index) hearer.refused(each, errorOfRefusal(error), error);
  }
}
