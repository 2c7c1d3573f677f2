/**
 * What commands are answered, and when. Decided by the leader on its log, as a node does it:
 *
 * - what writes, once it is committed at the epoch of the decision;
 * - COMPLETED and FAILED, once the record they show is committed;
 * - everything else, once what it rests on is committed and a round asked after the command came
 *   is confirmed (R12).
 *
 * Whoever does not serve answers COMPLETED from a committed record, and nothing else.
 *
 * Leases and windows are judged over `maxClockOffsetMs` after what is written says so, by others
 * than the owner; what is answered without a round never beyond it.
 */
import type { Command } from "../../../claim/command.ts";
import { decide } from "../../../claim/decide.ts";
import type { Turn } from "../../../claim/decision.ts";
import type { Reply } from "../../../claim/reply.ts";
import { forgottenAtMs } from "../../../claim/views.ts";
import { LIMITS } from "../../../limits.ts";
import type { ClaimRecord } from "../../../storage/claim-record.ts";
import type { Entry } from "./image.ts";
import type { Node } from "./node.ts";
import type { Store } from "./store.ts";
import type { Surroundings } from "./surroundings.ts";

export interface Question {
  readonly key: string;
  readonly command: Command;
  readonly job: number;
  /** For invariants alone: the highest entry of the key that the asker's side had heard of. */
  readonly floor: number;
}

export interface Answer {
  readonly type: "answer";
  readonly reply: Reply;
  /** The key's entry it was decided on, 0 = none. For invariants alone, as what follows. */
  readonly basis: number;
  readonly write: number | undefined;
  /** From a committed record, without asking whether this node still leads. */
  readonly isKnown: boolean;
  /** By a member that is not in sync, as the world knows: it may not have heard of a Forget. */
  readonly isBehind: boolean;
}

export type Heard =
  | Answer
  | { readonly type: "elsewhere"; readonly leader: string | undefined }
  | { readonly type: "unknown" };

interface Waiting {
  readonly epoch: number;
  /** To be committed. */
  readonly index: number;
  /** To be confirmed. */
  readonly round: number;
  readonly question: Question;
  readonly answer: Answer;
  readonly respond: (heard: Heard) => void;
}

export class Answers {
  readonly #around: Surroundings;
  readonly #store: Store;
  readonly #node: Node;
  #waiting: Waiting[] = [];
  #lastToken = 0;

  constructor(around: Surroundings, store: Store, node: Node) {
    this.#around = around;
    this.#store = store;
    this.#node = node;
  }

  /** This node leads from now on: what an unanswered tail may have handed out is skipped. */
  begin(): void {
    this.#lastToken = this.#node.memory.lastToken + LIMITS.tokenSkip.start;
  }

  ask(question: Question, respond: (heard: Heard) => void): void {
    if (this.#node.replica.role === "SERVING") {
      this.#node.step(() => this.#serve(question, respond));
    } else this.#answerKnown(question, respond);
  }

  /** Answers what can be answered now. */
  settle(): void {
    if (this.#waiting.length === 0) return;
    const { replica } = this.#node;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) {
      if (replica.epoch !== each.epoch) each.respond({ type: "unknown" });
      else if (replica.commit < each.index || replica.confirmedRound < each.round) {
        this.#waiting.push(each);
      } else this.#give(each.question, each.answer, each.respond);
    }
  }

  #serve(question: Question, respond: (heard: Heard) => void): void {
    const { replica, memory } = this.#node;
    const { key, command, job } = question;
    const nowMs = Math.max(this.#store.clock.nowMs(), replica.lastStampMs);
    const before = memory.latest(key);
    const record = recordOf(before);
    const { reply, write } = decide(record, command, this.#turn(nowMs));
    const basis = before?.index ?? 0;
    const epoch = replica.epoch ?? 0;
    const type = "answer";
    if (write !== undefined) {
      const token = write === "removed" ? 0 : write.token;
      this.#lastToken = Math.max(this.#lastToken, token);
      const decidedAtMs = this.#around.world.nowMs;
      const owner = isGrant(reply) ? job : (before?.payload.job ?? 0);
      const payload = { key, record: write, token, basis, decidedAtMs, job: owner };
      const index = replica.propose([payload], nowMs);
      if (index === undefined) return;
      const answer = { type, reply, basis, write: index, isKnown: false, isBehind: false } as const;
      this.#waiting.push({ epoch, index, round: 0, question, answer, respond });
      return;
    }
    const isKnown = isSettled(reply) && record !== undefined && isLive(record, nowMs);
    const round = isKnown ? 0 : (replica.askRound() ?? Infinity);
    const answer = { type, reply, basis, write, isKnown, isBehind: this.#isBehind } as const;
    this.#waiting.push({ epoch, index: basis, round, question, answer, respond });
  }

  #answerKnown(question: Question, respond: (heard: Heard) => void): void {
    const { replica, memory } = this.#node;
    const { key, command } = question;
    const entry = memory.latest(key, replica.commit);
    const isPending = memory.latest(key) !== entry;
    const record = recordOf(entry);
    const nowMs = this.#store.clock.nowMs();
    const isCompleted = record?.state === "COMPLETED" && isLive(record, nowMs);
    const isOneShot = command.type === "claim" && command.complete;
    const mayKnow = isCompleted && !isPending && !isOneShot;
    if (entry === undefined || !mayKnow || command.type !== "claim") {
      respond({ type: "elsewhere", leader: replica.seen?.record.leader });
      return;
    }
    const { reply } = decide(record, command, this.#turn(nowMs));
    const from = { basis: entry.index, write: undefined, isKnown: true, isBehind: this.#isBehind };
    this.#give(question, { type: "answer", reply, ...from }, respond);
  }

  get #isBehind(): boolean {
    const { store, boot } = this.#node.self;
    const { inSync } = this.#around.coordinator.record;
    return !inSync.some((each) => each.store === store && each.boot === boot);
  }

  #give(question: Question, answer: Answer, respond: (heard: Heard) => void): void {
    this.#around.promises.answered(this.#node.self, question, answer);
    respond(answer);
  }

  #turn(nowMs: number): Turn {
    const nextToken = this.#lastToken + 1;
    const { policy, rules } = this.#around;
    const { maxClockOffsetMs } = rules;
    const around = { outage: undefined, maxClockOffsetMs, grantsRefused: undefined };
    return { nowMs, policy, nextToken, ...around };
  }
}

/** By its own clock: whoever grants it anew waits for the bound. */
function isLive(record: ClaimRecord, nowMs: number): boolean {
  return nowMs < forgottenAtMs(record, { outage: undefined, maxClockOffsetMs: 0 });
}

function recordOf(entry: Entry | undefined): ClaimRecord | undefined {
  const record = entry?.payload.record;
  return record === "removed" ? undefined : record;
}

function isGrant(reply: Reply): boolean {
  return reply.type === "claim" && reply.status === "GRANTED";
}

function isSettled(reply: Reply): boolean {
  return reply.type === "claim" && (reply.status === "COMPLETED" || reply.status === "FAILED");
}
