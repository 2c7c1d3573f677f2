/**
 * One turn of a node: decide every waiting command in order, against what storage and the turns
 * before have left. Nothing is answered here: shard.ts answers when the turn is durable.
 *
 * S2  A write is in the overlay from the end of its `decide` on, so the next command sees it.
 * I1–I5 are `decide`'s (claim/decide.ts); what a turn adds is that no two commands of a key are
 * ever decided at once, and that what was read from LevelDB counts only where the overlay has
 * nothing at the moment of deciding.
 */

import type { Decision, Turn as Circumstances } from "../claim/decision.ts";
import { decide } from "../claim/decide.ts";
import { decideKnown } from "../claim/decide-known.ts";
import { shadow } from "../claim/observe.ts";
import { kept } from "../claim/transitions.ts";
import type { Refusal, Reply } from "../claim/reply.ts";
import type { ClaimRecord } from "../storage/claim-record.ts";
import type { FrameBuilder } from "../storage/journal-frame.ts";
import type { Outage } from "../storage/outage.ts";
import type { Policy } from "../storage/policy.ts";
import type { RecordStore, StoredRecord } from "../storage/record-store.ts";
import { Answers, AT_ONCE, type Rest } from "./answers.ts";
import { count } from "./counting.ts";
import { type PossibleDouble, possibleDouble } from "./doubles.ts";
import { ENTRY_OVERHEAD_BYTES, type GrantConditions, grantsRefused } from "./grants.ts";
import { HotKeys } from "./hot-keys.ts";
import type { Leadership } from "./leadership.ts";
import type { Namespace } from "./namespace.ts";
import type { ParkedClaims } from "./parked.ts";
import { boundsStored, overWaiting } from "./quota.ts";
import { REFUSED } from "./refusals.ts";
import type { Waiting } from "./waiting.ts";

export interface TurnParts {
  readonly store: RecordStore;
  readonly parked: ParkedClaims;
  readonly conditions: GrantConditions;
  readonly outage: Outage | undefined;
  /** Of a member of a cluster, which has outages of its own; a single node leads everything. */
  readonly leadership?: Leadership | undefined;
  readonly onDouble: (double: PossibleDouble) => void;
}

/** The circumstances of one decision, filled in anew for each: no object per command. */
class TurnCircumstances implements Circumstances {
  nowMs = 0;
  policy!: Policy;
  nextToken = 0;
  grantsRefused: Refusal | undefined;
  outage: Outage | undefined;
  readonly maxClockOffsetMs: number;

  constructor(outage: Outage | undefined, maxClockOffsetMs: number) {
    this.outage = outage;
    this.maxClockOffsetMs = maxClockOffsetMs;
  }
}

export class TurnDecider {
  readonly #parts: TurnParts;
  readonly #circumstances: TurnCircumstances;
  readonly #hotKeys = new HotKeys();
  #namespace: Namespace | undefined;
  /** LevelDB is so far behind that nothing may be written. */
  #behind = false;
  /** Set when the node stops: nobody is parked any more. */
  parking = true;

  constructor(parts: TurnParts) {
    this.#parts = parts;
    const { outage, leadership } = parts;
    this.#circumstances = new TurnCircumstances(outage, leadership?.maxClockOffsetMs ?? 0);
  }

  /** Decides all, into the frame and the overlay. `loaded` is what LevelDB had, by key id. */
  decideAll(
    waiting: readonly Waiting[],
    loaded: ReadonlyMap<string, StoredRecord>,
    frame: FrameBuilder,
    nowMs: number,
  ): Answers {
    const { store, leadership } = this.#parts;
    const answers = new Answers();
    const written = new Set<number>();
    this.#circumstances.nowMs = nowMs;
    this.#namespace = undefined;
    this.#behind = this.#parts.conditions.pressure() === "full";
    for (const each of waiting) {
      if (each.answered) continue;
      const epoch = leadership === undefined ? 0 : leadership.epochOf(each.partition);
      if (epoch === undefined) {
        answers.add(each, this.#answerUnled(each, loaded, nowMs));
        continue;
      }
      if (leadership !== undefined) {
        this.#circumstances.nowMs = Math.max(nowMs, leadership.floorMs(each.partition));
        this.#circumstances.outage = leadership.outageOf(each.partition);
      }
      const before = each.isNew
        ? store.stagedSince(each)
        : (store.staged(each) ?? loaded.get(each.id));
      const { reply, write } = this.#decide(each, before?.record, frame.bytes);
      if (write !== undefined) {
        store.stage(frame, each, before, write, nowMs, epoch);
        written.add(each.partition);
        if (this.#parts.parked.count > 0) this.#tellParked(each, before?.record, write, answers);
      }
      const answer = this.#answerOf(each, this.#marked(each, reply));
      if (answer !== undefined) answers.add(each, answer, this.#restOf(each, answer, write));
    }
    if (leadership !== undefined) {
      leadership.propose(written);
      answers.askRounds((partition) => leadership.askRound(partition));
    }
    return answers;
  }

  /**
   * Of a partition that is not served here: COMPLETED is told by any member, nothing else is. What
   * is pending may be a Forget that was answered: its leader has to be asked.
   */
  #answerUnled(waiting: Waiting, loaded: ReadonlyMap<string, StoredRecord>, nowMs: number): Reply {
    const { store, leadership, parked } = this.#parts;
    const { namespace, command, waitMs } = waiting.submission;
    const isMember = store.partitions.isMember(waiting.partition);
    const mayKnow = isMember && !namespace.deleted && !store.isPending(waiting.id);
    const stored = store.staged(waiting, "committed") ?? loaded.get(waiting.id);
    this.#namespace = undefined; // The circumstances are another one's from here on.
    this.#circumstances.nowMs = nowMs;
    this.#circumstances.policy = namespace.policy;
    const known = mayKnow ? decideKnown(stored?.record, command, this.#circumstances) : undefined;
    if (waitMs > 0) parked.leaves(waiting, known !== undefined);
    if (known === undefined) return notServed(leadership, waiting);
    count(namespace, command, known);
    return this.#marked(waiting, known);
  }

  /** A single node is all there is to ask. */
  #marked({ hashA }: Waiting, reply: Reply): Reply {
    if (this.#parts.leadership === undefined) return reply;
    return this.#hotKeys.marked(reply, hashA, this.#circumstances.nowMs);
  }

  #restOf(waiting: Waiting, reply: Reply, write: Decision["write"]): Rest {
    const { store, leadership } = this.#parts;
    if (leadership === undefined || reply.type === "refused") return AT_ONCE;
    const index = store.logEnd(waiting.partition);
    if (write !== undefined) return { index, onRound: false };
    if (!this.#isSure(reply)) return { index, onRound: true };
    return store.isPending(waiting.id) ? { index, onRound: false } : AT_ONCE;
  }

  /** Within the bound on clocks another one may have forgotten the key, if it leads by now. */
  #isSure(reply: Reply): boolean {
    if (reply.type !== "claim") return false;
    if (reply.status !== "COMPLETED" && reply.status !== "FAILED") return false;
    return reply.expiresInMs > this.#circumstances.maxClockOffsetMs;
  }

  #decide(waiting: Waiting, record: ClaimRecord | undefined, frameBytes: number): Decision {
    const { namespace, command } = waiting.submission;
    if (namespace.deleted) return { reply: REFUSED.namespaceDeleted, write: undefined };
    const circumstances = this.#circumstances;
    // What is stored grows with every grant of the turn.
    if (namespace !== this.#namespace || boundsStored(namespace)) {
      this.#namespace = namespace;
      circumstances.policy = namespace.policy;
      circumstances.grantsRefused = grantsRefused(namespace, this.#parts.conditions);
    }
    circumstances.nextToken = this.#parts.store.partitions.tokenOf(waiting.partition) + 1;
    const decided = decide(record, command, circumstances);
    const refused =
      decided.write === undefined ? undefined : this.#writeRefused(waiting, frameBytes);
    const decision = refused === undefined ? decided : { reply: refused, write: undefined };
    count(namespace, command, decision.reply);
    const double = possibleDouble(waiting.submission, decision.reply, circumstances.nowMs);
    if (double !== undefined) this.#parts.onDouble(double);
    return namespace.policy.observe ? shadow(command, decision, circumstances) : decision;
  }

  #writeRefused({ submission }: Waiting, frameBytes: number): Refusal | undefined {
    if (this.#behind) return REFUSED.storageBehind;
    const bytes = frameBytes + submission.bytes + ENTRY_OVERHEAD_BYTES;
    return this.#parts.conditions.hasRoomFor(bytes) ? undefined : REFUSED.diskFull;
  }

  /** What the command is answered; undefined when it is parked instead. */
  #answerOf(waiting: Waiting, reply: Reply): Reply | undefined {
    const { parked } = this.#parts;
    const { waitMs, namespace } = waiting.submission;
    if (waitMs === 0) return reply;
    const status = reply.type === "claim" ? reply.status : undefined;
    const { nowMs } = this.#circumstances;
    const mayStay = this.parking && !namespace.policy.paused && nowMs < waiting.deadlineMs;
    if (reply.type !== "claim" || reply.status !== "IN_PROGRESS" || !mayStay) {
      parked.leaves(waiting, status !== "IN_PROGRESS" && status !== "GRANTED");
      return reply;
    }
    const refused = parked.has(waiting) ? undefined : this.#notParked(waiting);
    if (refused === undefined) parked.stays(waiting, nowMs + reply.retryAfterMs);
    else parked.leaves(waiting, false);
    return refused;
  }

  /** Why a claim can't be parked. */
  #notParked({ gaveUp, submission }: Waiting): Refusal | undefined {
    const { parked } = this.#parts;
    if (gaveUp) return REFUSED.cancelled;
    if (parked.full) return REFUSED.tooManyParked;
    const { id, policy } = submission.namespace;
    const bound = policy.quota.waiting;
    const inNamespace = parked.countOf(id);
    return bound > 0 && inNamespace >= bound ? overWaiting(inNamespace, bound) : undefined;
  }

  /** The key has changed: the claims that wait for it are looked at, or have their answer. */
  #tellParked(
    waiting: Waiting,
    before: ClaimRecord | undefined,
    write: ClaimRecord | "removed",
    answers: Answers,
  ): void {
    const { parked } = this.#parts;
    if (write !== "removed" && write.state === "IN_PROGRESS") {
      const { maxClockOffsetMs } = this.#circumstances;
      parked.runsUntil(waiting.id, write.leaseUntilMs + maxClockOffsetMs);
      return;
    }
    if (write === "removed" || write.state !== "RELEASED" || !write.completed) {
      parked.changed(waiting.id);
      return;
    }
    // Forget-on-complete: whoever waited gets the completion, the next claim runs anew.
    const { command, namespace } = waiting.submission;
    const result = command.type === "complete" ? kept(command.result, namespace.policy) : undefined;
    const completed: Reply = {
      type: "claim",
      status: "COMPLETED",
      attempt: before?.attempt ?? 1,
      traceparent: write.traceparent,
      ageMs: 0,
      expiresInMs: write.windowMs,
      result,
    };
    for (const each of parked.takeAll(waiting.id)) {
      answers.add(each, completed, this.#restOf(each, completed, write));
    }
  }
}

function notServed(leadership: Leadership | undefined, { partition }: Waiting): Refusal {
  return leadership?.refusal(partition) ?? REFUSED.storageUnavailable;
}
