/**
 * Answers of a frame, gathered in the order in which they come and laid out in columns: answers
 * that say the same share one message, with index, token and times in columns beside it.
 *
 * Must stay true: every answer that was added is in what `take` gives, once, under its own index.
 *
 * Results are what makes answers large. Those beyond `resultRoom` are told as omitted, with
 * their size; Get has them.
 */
import type { Answers, ClaimAnswers, ClaimResponse, SettleAnswers } from "@claimd/proto";
import type {
  ClaimReply,
  ForgetReply,
  GetReply,
  Granted,
  RecordView,
  Refusal,
  Reply,
  SettleReply,
} from "../claim/reply.ts";
import type { Result } from "../storage/claim-record.ts";
import {
  claimResponse,
  forgetResponse,
  getResponse,
  milliseconds,
  settleResponse,
} from "./reply-messages.ts";
import { GRPC_STATUS } from "./status.ts";

type Taken = Exclude<ClaimReply, Granted>;

interface Group<R> {
  readonly reply: R;
  readonly index: number[];
}
interface GrantedGroup extends Group<Granted> {
  readonly fencingToken: number[];
}
interface TakenGroup extends Group<Taken> {
  readonly ageMs: number[];
  readonly expiresInMs: number[];
}

/** An answer without its result: status, numbers, holder, traceparent, fingerprint. */
export const PLAIN_ANSWER_BYTES = 512;
/** Groups looked through for one that fits; beyond it a new one is cheaper than the search. */
const GROUPS_LOOKED_AT = 4;

export class AnswerColumns {
  /** About as many as will be sent, those shared by a group counted as if they were not. */
  bytes = 0;
  /** Bytes of results that may still be added. */
  resultRoom: number;
  #granted: GrantedGroup[] = [];
  #taken: TakenGroup[] = [];
  #settled: Group<SettleReply>[] = [];
  #got: Group<GetReply>[] = [];
  #forgotten: Group<ForgetReply>[] = [];
  #refused: Group<Refusal>[] = [];
  #empty = true;

  constructor(resultRoom: number) {
    this.resultRoom = resultRoom;
  }

  get isEmpty(): boolean {
    return this.#empty;
  }

  add(index: number, reply: Reply): void {
    this.#empty = false;
    switch (reply.type) {
      case "claim":
        if (reply.status === "GRANTED") this.#addGranted(index, reply);
        else this.#addTaken(index, reply);
        break;
      case "settle":
        this.#addSettled(index, reply);
        break;
      case "get": {
        const record = reply.record && this.#fittedView(reply.record);
        const answer = record === reply.record ? reply : { ...reply, record };
        join(this.#got, index, answer, (a, b) => a.record === undefined && b.record === undefined);
        this.bytes += PLAIN_ANSWER_BYTES;
        break;
      }
      case "forget":
        join(this.#forgotten, index, reply, (a, b) => a.existed === b.existed);
        this.bytes += 8;
        break;
      case "refused":
        join(this.#refused, index, reply, sameRefusal);
        this.bytes += 64 + reply.message.length;
    }
  }

  /** What was added since the last time, as a message. */
  take(): Answers {
    const answers: Answers = {
      claims: [...this.#granted.map(grantedAnswers), ...this.#taken.map(takenAnswers)],
      settles: this.#settled.map(settleAnswers),
      gets: this.#got.map(({ index, reply }) => ({ index, answer: getResponse(reply) })),
      forgets: this.#forgotten.map(({ index, reply }) => ({
        index,
        answer: forgetResponse(reply),
      })),
      refusals: this.#refused.map(({ index, reply }) => ({ index, error: errorMessage(reply) })),
    };
    this.#granted = [];
    this.#taken = [];
    this.#settled = [];
    this.#got = [];
    this.#forgotten = [];
    this.#refused = [];
    this.#empty = true;
    this.bytes = 0;
    return answers;
  }

  #addGranted(index: number, reply: Granted): void {
    this.bytes += 12;
    const groups = this.#granted;
    for (let at = groups.length - 1; at >= 0 && at >= groups.length - GROUPS_LOOKED_AT; at--) {
      const group = groups[at] as GrantedGroup;
      if (!sameGrant(group.reply, reply)) continue;
      group.index.push(index);
      group.fencingToken.push(reply.token);
      return;
    }
    groups.push({ reply, index: [index], fencingToken: [reply.token] });
  }

  #addTaken(index: number, reply: Taken): void {
    const result = this.fitted(resultOf(reply));
    const answer = result === resultOf(reply) ? reply : ({ ...reply, result } as Taken);
    this.bytes += 20;
    const ageMs = milliseconds(reply.ageMs);
    const expiresInMs = milliseconds(reply.expiresInMs);
    const groups = this.#taken;
    for (let at = groups.length - 1; at >= 0 && at >= groups.length - GROUPS_LOOKED_AT; at--) {
      const group = groups[at] as TakenGroup;
      if (!sameTaken(group.reply, answer)) continue;
      group.index.push(index);
      group.ageMs.push(ageMs);
      group.expiresInMs.push(expiresInMs);
      return;
    }
    this.bytes += PLAIN_ANSWER_BYTES;
    groups.push({ reply: answer, index: [index], ageMs: [ageMs], expiresInMs: [expiresInMs] });
  }

  #addSettled(index: number, reply: SettleReply): void {
    const current = reply.current && this.#fittedView(reply.current);
    const answer = current === reply.current ? reply : { ...reply, current };
    this.bytes += current === undefined ? 8 : PLAIN_ANSWER_BYTES;
    join(this.#settled, index, answer, sameSettle);
  }

  #fittedView(view: RecordView): RecordView {
    const result = this.fitted(view.result);
    return result === view.result ? view : { ...view, result };
  }

  /** The result, or what is told of one that has no room. */
  fitted(result: Result | undefined): Result | undefined {
    if (result === undefined) return undefined;
    const bytes = resultBytes(result);
    if (bytes <= this.resultRoom) {
      this.resultRoom -= bytes;
      this.bytes += bytes;
      return result;
    }
    const { sizeBytes } = result;
    return { data: NO_BYTES, contentType: "", metadata: {}, ref: "", omitted: true, sizeBytes };
  }
}

const NO_BYTES = new Uint8Array(0);

function join<R>(groups: Group<R>[], index: number, reply: R, same: (a: R, b: R) => boolean): void {
  const last = groups.at(-1);
  if (last !== undefined && same(last.reply, reply)) last.index.push(index);
  else groups.push({ reply, index: [index] });
}

function resultOf(reply: Taken): Result | undefined {
  return reply.status === "COMPLETED" || reply.status === "FAILED" ? reply.result : undefined;
}

/** At most as many as it takes on the wire: texts may need three bytes a character. */
function resultBytes({ data, contentType, ref, metadata }: Result): number {
  let characters = contentType.length + ref.length;
  for (const [name, value] of Object.entries(metadata)) {
    characters += name.length + value.length + 4;
  }
  return data.length + 3 * characters + 32;
}

function sameGrant(a: Granted, b: Granted): boolean {
  return (
    a.attempt === b.attempt &&
    a.leaseMs === b.leaseMs &&
    a.hold === b.hold &&
    a.reclaimed === b.reclaimed &&
    a.shadowed === b.shadowed
  );
}

function sameTaken(a: Taken, b: Taken): boolean {
  if (a.status !== b.status || a.attempt !== b.attempt || a.traceparent !== b.traceparent) {
    return false;
  }
  if (a.status === "IN_PROGRESS" && b.status === "IN_PROGRESS") {
    return a.holder === b.holder && a.retryAfterMs === b.retryAfterMs;
  }
  return resultOf(a) === undefined && resultOf(b) === undefined && isHot(a) === isHot(b);
}

function isHot(reply: Taken): boolean {
  return "hot" in reply && reply.hot;
}

function sameSettle(a: SettleReply, b: SettleReply): boolean {
  const plain = a.current === undefined && b.current === undefined;
  return plain && a.status === b.status && a.late === b.late;
}

function sameRefusal(a: Refusal, b: Refusal): boolean {
  if (a.code !== b.code || a.message !== b.message) return false;
  if (a.leader?.address !== b.leader?.address || a.leader?.epoch !== b.leader?.epoch) return false;
  return a.retryAfterMs === b.retryAfterMs;
}

function grantedAnswers({ reply, index, fencingToken }: GrantedGroup): ClaimAnswers {
  if (index.length === 1) return { index, answer: claimResponse(reply) };
  return { index, answer: { ...claimResponse(reply), fencingToken: 0 }, fencingToken };
}

function takenAnswers({ reply, index, ageMs, expiresInMs }: TakenGroup): ClaimAnswers {
  const answer: ClaimResponse = claimResponse(reply);
  if (index.length === 1) return { index, answer };
  return { index, answer: { ...answer, ageMs: 0, expiresInMs: 0 }, ageMs, expiresInMs };
}

function settleAnswers({ reply, index }: Group<SettleReply>): SettleAnswers {
  return { index, answer: settleResponse(reply) };
}

function errorMessage({ code, message, retryAfterMs, leader }: Refusal) {
  return {
    code: GRPC_STATUS[code],
    reason: code,
    message,
    retryAfterMs: milliseconds(retryAfterMs),
    ...(leader === undefined ? {} : { leader: leader.address, epoch: leader.epoch }),
  };
}
