import { type Answers__Output, loadClaimd } from "@claimd/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ERROR_CODES } from "../errors.ts";
import type { RecordView, Reply } from "../claim/reply.ts";
import type { Result } from "../storage/claim-record.ts";
import { AnswerColumns } from "./answer-columns.ts";
import { claimResponse, forgetResponse, getResponse, settleResponse } from "./reply-messages.ts";
import { GRPC_STATUS } from "./status.ts";

const { responseSerialize, responseDeserialize } = loadClaimd().Claims.service.Batch;

/** As it arrives: through the wire's own codec. */
function wired(columns: AnswerColumns): Answers__Output {
  const answers = responseDeserialize(responseSerialize({ answers: columns.take() })).answers;
  if (answers === null) throw new Error("no answers");
  return answers;
}

/** What a client reads: the columns laid over the shared answer. */
function read(answers: Answers__Output): Map<number, unknown> {
  const found = new Map<number, unknown>();
  const add = (index: number, answer: unknown): void => {
    expect(found.has(index)).toBe(false);
    found.set(index, answer);
  };
  for (const { index, answer, fencingToken, ageMs, expiresInMs } of answers.claims) {
    for (const [at, each] of index.entries()) {
      const over = {
        ...(fencingToken.length > 0 && { fencingToken: fencingToken[at] }),
        ...(ageMs.length > 0 && { ageMs: ageMs[at] }),
        ...(expiresInMs.length > 0 && { expiresInMs: expiresInMs[at] }),
      };
      add(each, { ...answer, ...over });
    }
  }
  for (const group of [...answers.settles, ...answers.gets, ...answers.forgets]) {
    for (const each of group.index) add(each, group.answer);
  }
  for (const { index, error } of answers.refusals) for (const each of index) add(each, error);
  return found;
}

/** What the unary call would have answered, as it arrives. */
function unary(reply: Reply): unknown {
  const { Claim, Complete, Get, Forget } = loadClaimd().Claims.service;
  switch (reply.type) {
    case "claim":
      return Claim.responseDeserialize(Claim.responseSerialize(claimResponse(reply)));
    case "settle":
      return Complete.responseDeserialize(Complete.responseSerialize(settleResponse(reply)));
    case "get":
      return Get.responseDeserialize(Get.responseSerialize(getResponse(reply)));
    case "forget":
      return Forget.responseDeserialize(Forget.responseSerialize(forgetResponse(reply)));
    case "refused":
      return {
        code: GRPC_STATUS[reply.code],
        reason: reply.code,
        message: reply.message,
        retryAfterMs: reply.retryAfterMs,
        leader: "",
        epoch: 0,
      };
  }
}

const small = fc.integer({ min: 0, max: 2 });
const number = fc.maxSafeNat();
const label = fc.constantFrom("", "a", "b");
const result: fc.Arbitrary<Result | undefined> = fc.option(
  fc.record({
    data: fc.uint8Array({ maxLength: 20 }),
    contentType: label,
    metadata: fc.dictionary(label, label),
    ref: label,
    omitted: fc.boolean(),
    sizeBytes: number,
  }),
  { nil: undefined },
);
const view: fc.Arbitrary<RecordView> = fc.record({
  state: fc.constantFrom("IN_PROGRESS", "RELEASED", "COMPLETED", "FAILED", "HELD"),
  token: number,
  attempt: small,
  lapsed: fc.boolean(),
  leaseLeftMs: number,
  holder: label,
  traceparent: label,
  result,
  ageMs: number,
  expiresInMs: number,
  hold: fc.boolean(),
  fingerprint: fc.option(fc.uint8Array({ minLength: 1, maxLength: 32 }), { nil: undefined }),
  next: fc.constantFrom("GRANTED", "HELD", "EXHAUSTED"),
});
const taken = { attempt: small, traceparent: label, ageMs: number, expiresInMs: number };
const claimType = { type: fc.constant("claim" as const) };
const reply: fc.Arbitrary<Reply> = fc.oneof(
  fc.record({
    ...claimType,
    status: fc.constant("GRANTED"),
    token: number,
    attempt: small,
    leaseMs: small,
    hold: fc.boolean(),
    reclaimed: fc.boolean(),
    shadowed: fc.boolean(),
  }),
  fc.record({
    ...claimType,
    ...taken,
    status: fc.constant("IN_PROGRESS"),
    retryAfterMs: small,
    holder: label,
  }),
  fc.record({ ...claimType, ...taken, status: fc.constantFrom("COMPLETED", "FAILED"), result }),
  fc.record({
    ...claimType,
    ...taken,
    status: fc.constant("COMPLETED"),
    result,
    hot: fc.boolean(),
  }),
  fc.record({ ...claimType, ...taken, status: fc.constantFrom("HELD", "EXHAUSTED", "MISMATCH") }),
  fc.record({
    type: fc.constant("settle"),
    status: fc.constantFrom("APPLIED", "ALREADY_APPLIED", "STALE_OWNER", "NOT_FOUND"),
    late: fc.boolean(),
    current: fc.option(view, { nil: undefined }),
  }),
  fc.record({ type: fc.constant("get"), record: fc.option(view, { nil: undefined }) }),
  fc.record({ type: fc.constant("forget"), existed: fc.boolean() }),
  fc.record({
    type: fc.constant("refused"),
    code: fc.constantFrom(...ERROR_CODES),
    message: label,
    retryAfterMs: small,
  }),
);

const granted = (token: number): Reply => ({
  type: "claim",
  status: "GRANTED",
  token,
  attempt: 1,
  leaseMs: 30_000,
  hold: false,
  reclaimed: false,
  shadowed: false,
});

const completed = (bytes: number): Reply => ({
  type: "claim",
  status: "COMPLETED",
  attempt: 1,
  traceparent: "",
  ageMs: 1,
  expiresInMs: 2,
  result: {
    data: new Uint8Array(bytes),
    contentType: "",
    metadata: {},
    ref: "where",
    omitted: false,
    sizeBytes: bytes,
  },
});

describe("AnswerColumns", () => {
  it("says of every command what the unary call would say", () => {
    fc.assert(
      fc.property(fc.array(reply, { maxLength: 40 }), (replies) => {
        const columns = new AnswerColumns(1e6);
        for (const [at, each] of replies.entries()) columns.add(at * 3, each);
        const found = read(wired(columns));
        expect(found.size).toBe(replies.length);
        for (const [at, each] of replies.entries()) {
          expect(found.get(at * 3)).toEqual(unary(each));
        }
        expect(columns.isEmpty).toBe(true);
        expect(read(wired(columns)).size).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it("puts equal grants into one group", () => {
    const columns = new AnswerColumns(1e6);
    for (let at = 0; at < 1000; at++) columns.add(at, granted(2 ** 52 + at));
    const { claims } = wired(columns);
    expect(claims).toHaveLength(1);
    expect(claims[0]?.fencingToken[999]).toBe(2 ** 52 + 999);
  });

  it("keeps a few kinds of answers apart without a group for each", () => {
    const columns = new AnswerColumns(1e6);
    const kinds = [1, 2, 3].map((attempt) => ({ ...granted(1), attempt }) as Reply);
    for (let at = 0; at < 300; at++) columns.add(at, kinds[at % 3] as Reply);
    expect(columns.take().claims).toHaveLength(3);
  });

  it("omits the results for which there is no room, with their size", () => {
    const columns = new AnswerColumns(2500);
    columns.add(0, completed(1000));
    columns.add(1, completed(2000));
    columns.add(2, completed(1000));
    const found = read(wired(columns)) as Map<number, { result: Result }>;
    expect([...found].map(([at, { result: each }]) => [at, each.omitted, each.sizeBytes])).toEqual([
      [0, false, 1000],
      [1, true, 2000],
      [2, false, 1000],
    ]);
    expect(found.get(1)?.result.data).toHaveLength(0);
  });

  it("knows at least how many bytes it will send", () => {
    fc.assert(
      fc.property(fc.array(reply, { minLength: 1, maxLength: 40 }), (replies) => {
        const columns = new AnswerColumns(1e6);
        for (const [at, each] of replies.entries()) columns.add(at, each);
        const { bytes } = columns;
        const sent = responseSerialize({ answers: columns.take() }).length;
        expect(sent).toBeLessThanOrEqual(bytes + 64);
      }),
      { numRuns: 200 },
    );
  });
});
