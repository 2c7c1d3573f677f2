/**
 * Commands into columns and columns into answers, as the proto file says, for Batch and Session.
 *
 * Written from the contract, not from the client or the server: it is their examiner. Neighbours
 * that share verb, namespace and options, and all have a result or none, stand in one group.
 */
import type { Answers__Output, Commands, Result } from "@claimd/proto";
import type { Answer, Command } from "./command.ts";

type Group = Required<Pick<Commands, "verb" | "namespace">> & Commands;

function shared(command: Command): Group {
  const { verb, namespace } = command;
  switch (command.verb) {
    case "CLAIM": {
      const { leaseMs = 0, windowMs = 0, waitMs = 0, complete = false, holder = "" } = command;
      return { verb, namespace, leaseMs, windowMs, waitMs, complete, holder };
    }
    case "FAIL":
      return { verb, namespace, outcome: command.outcome };
    case "EXTEND":
      return { verb, namespace, leaseMs: command.leaseMs ?? 0 };
    default:
      return { verb, namespace };
  }
}

function columnsOf(commands: readonly Command[]): Commands {
  const ids = commands.flatMap((each) => ("claimId" in each ? [each.claimId] : []));
  const fingerprints = commands.map((each) =>
    each.verb === "CLAIM" ? (each.fingerprint ?? Buffer.alloc(0)) : Buffer.alloc(0),
  );
  const traceparents = commands.map((each) =>
    each.verb === "CLAIM" ? (each.traceparent ?? "") : "",
  );
  const results = commands.flatMap((each): Result[] => ("result" in each ? [each.result] : []));
  const tokens = commands.map((each) => (each.verb === "FORGET" ? (each.fencingToken ?? 0) : 0));
  return {
    keys: Buffer.concat(commands.map(({ key }) => key)),
    keyBytes: commands.map(({ key }) => key.length),
    claimIds: Buffer.concat(ids),
    ...(fingerprints.some(({ length }) => length > 0) && {
      fingerprints: Buffer.concat(fingerprints),
      fingerprintBytes: fingerprints.map(({ length }) => length),
    }),
    ...(traceparents.some((each) => each !== "") && { traceparents }),
    ...(results.length > 0 && { results }),
    ...(tokens.some((each) => each !== 0) && { fencingTokens: tokens }),
  };
}

const groupName = (command: Command): string =>
  JSON.stringify([shared(command), "result" in command]);

export function groupsOf(commands: readonly Command[]): Commands[] {
  const groups: Commands[] = [];
  for (let from = 0; from < commands.length; ) {
    const first = shared(commands[from] as Command);
    const name = groupName(commands[from] as Command);
    let to = from + 1;
    while (to < commands.length && groupName(commands[to] as Command) === name) to++;
    groups.push({ ...first, ...columnsOf(commands.slice(from, to)) });
    from = to;
  }
  return groups;
}

/** Every answer with its command's index. Fails when a column has another length than its index. */
export function answersOf(answers: Answers__Output | null): [index: number, answer: Answer][] {
  if (answers === null) return [];
  const found: [number, Answer][] = [];
  const add = <A>(
    rows: readonly number[],
    answer: A | null,
    make: (answer: A, row: number) => Answer,
  ): void => {
    for (const [row, index] of rows.entries()) {
      if (answer === null) throw new Error(`no answer for index ${index}`);
      found.push([index, make(answer, row)]);
    }
  };
  const cell = (
    column: readonly number[],
    rows: number,
    row: number,
    otherwise: number,
  ): number => {
    if (column.length !== 0 && column.length !== rows) throw new Error("a column of odd length");
    return column[row] ?? otherwise;
  };
  for (const { index, answer, fencingToken, ageMs, expiresInMs } of answers.claims) {
    add(index, answer, (each, row) => ({
      kind: "claim",
      ...each,
      fencingToken: cell(fencingToken, index.length, row, each.fencingToken),
      ageMs: cell(ageMs, index.length, row, each.ageMs),
      expiresInMs: cell(expiresInMs, index.length, row, each.expiresInMs),
    }));
  }
  for (const { index, answer } of answers.settles) {
    add(index, answer, (each) => ({ kind: "settle", ...each }));
  }
  for (const { index, answer } of answers.gets) {
    add(index, answer, (each) => ({ kind: "get", ...each }));
  }
  for (const { index, answer } of answers.forgets) {
    add(index, answer, (each) => ({ kind: "forget", ...each }));
  }
  for (const { index, error } of answers.refusals) {
    add(index, error, ({ code, reason, message, retryAfterMs }) => ({
      kind: "error",
      code,
      reason,
      message,
      retryAfterMs,
    }));
  }
  return found;
}
