/**
 * A replica that takes what a leader sends.
 *
 * R2   Refuses every message of an epoch below the one it has promised. A higher one is promised,
 *      and that synced, before anything else is done with the message.
 * R8   Takes entries only behind one that it has. Says "equal up to here" of the matched prefix,
 *      never of its log's length. Cuts only an entry of another epoch at the same index, or the one
 *      that a cut names by epoch and index. Ignores a snapshot that ends at an entry it has; for
 *      another one it gives up its log at once, so that it comes piece by piece. Its leader offers
 *      none to whom it counts: those have all that its log has let go of, which is committed.
 * R11  Listens only under the join it has, or begins a new one where it has nothing; what an
 *      earlier membership left goes only by a record that no longer lists it.
 * Never says anything before what it says is synced.
 */
import { unreachable } from "../../errors.ts";
import type { Incarnation } from "../partition-record.ts";
import type { DiskWrite } from "./effects.ts";
import type {
  Append,
  Cut,
  LeaderMessage,
  LogEntry,
  MemberReply,
  Offer,
  Snapshot,
} from "./messages.ts";
import type { LogPoint } from "./partition-log.ts";
import type { ReplicaState } from "./replica-state.ts";

/** More wait only where a promise takes long, and then they are sent again. */
const HELD_MESSAGES = 64;

type Said =
  | { readonly type: "ack"; readonly index: number }
  | { readonly type: "shape" }
  | { readonly type: "stale" }
  | { readonly type: "refused" };

export class Follower<E, S> {
  readonly #state: ReplicaState<E, S>;
  /** My log equals that of the leader of `#epoch` up to here, as far as it has shown me. */
  #matched = 0;
  #epoch = 0;
  /** The snapshot on its way here ends there; nothing else has come since it was offered. */
  #fetching: LogPoint | undefined;
  /** Their epoch is promised, and that is not synced yet. */
  #held: { readonly from: Incarnation; readonly message: LeaderMessage<E, S> }[] = [];

  constructor(state: ReplicaState<E, S>) {
    this.#state = state;
  }

  receive(from: Incarnation, message: LeaderMessage<E, S>, nowMs: number): void {
    const state = this.#state;
    const { epoch } = message;
    if (epoch < state.promised) {
      this.#reply(from, message, { type: "stale" });
      return;
    }
    if (epoch > state.promised) state.promise(epoch, () => undefined);
    if (epoch > state.promisedSynced) {
      if (this.#held.length === HELD_MESSAGES) return;
      this.#held.push({ from, message });
      if (this.#held.length > 1) return;
      state.whenSynced(() => {
        for (const each of this.#held.splice(0)) this.receive(each.from, each.message, nowMs);
      });
      return;
    }
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#matched = 0;
      this.#fetching = undefined;
    }
    this.#take(from, message, nowMs);
  }

  /** Its epoch is promised, and that is synced. */
  #take(from: Incarnation, message: LeaderMessage<E, S>, nowMs: number): void {
    const state = this.#state;
    const { join } = message;
    if (join <= state.erasedJoin || join < state.join) return;
    if (join > state.join) {
      if (state.join !== 0) {
        // Data of an earlier membership: the record says what becomes of it.
        state.effect({ type: "read" });
        return;
      }
      state.begin(join);
      this.#matched = 0;
      this.#fetching = undefined;
    }
    switch (message.type) {
      case "hello":
        this.#reply(from, message, { type: "shape" });
        return;
      case "append":
        this.#append(from, message, nowMs);
        return;
      case "cut":
        this.#cut(from, message);
        return;
      case "offer":
        this.#fetch(from, message, nowMs);
        return;
      case "snapshot":
        this.#install(from, message);
        return;
      default:
        unreachable(message);
    }
  }

  #append(from: Incarnation, message: Append<E>, nowMs: number): void {
    const { log, rules } = this.#state;
    const { previous, entries, commit } = message;
    if (!log.has(previous)) {
      this.#reply(from, message, { type: "shape" });
      return;
    }
    if (entries.some(({ stampMs }) => stampMs > nowMs + rules.maxClockOffsetMs)) {
      this.#reply(from, message, { type: "refused" });
      return;
    }
    const writes = this.#newOnes(entries);
    if (writes === undefined) return;
    this.#matched = Math.max(this.#matched, previous.index + entries.length);
    const commitsTo = Math.min(commit, this.#matched);
    // By itself it is worth no write: a start that knows less of it asks its leader.
    if (writes.length > 0 && commitsTo > 0) writes.push({ type: "commit", index: commitsTo });
    const index = this.#matched;
    this.#reply(from, message, { type: "ack", index }, writes);
    this.#state.commitTo(commitsTo);
  }

  /** What is to be written of them. Undefined: a disk lied, nothing more is taken. */
  #newOnes(entries: readonly LogEntry<E>[]): DiskWrite<E, S>[] | undefined {
    const { log } = this.#state;
    const writes: DiskWrite<E, S>[] = [];
    const added: LogEntry<E>[] = [];
    for (const entry of entries) {
      const epoch = log.epochAt(entry.index);
      if (epoch === entry.epoch || entry.index <= log.base.index) continue;
      if (epoch !== undefined) {
        const cut = this.#cutFrom({ epoch, index: entry.index });
        if (cut === undefined) return undefined;
        writes.push(cut);
      }
      log.append(entry.epoch);
      this.#state.lastStampMs = Math.max(this.#state.lastStampMs, entry.stampMs);
      added.push(entry);
    }
    if (added.length > 0) {
      this.#fetching = undefined;
      writes.push({ type: "entries", entries: added });
    }
    return writes;
  }

  #cutFrom(from: { readonly epoch: number; readonly index: number }) {
    const state = this.#state;
    if (from.index <= state.commit) {
      const reason = `entry ${from.index} is committed here and another one at the leader`;
      state.effect({ type: "damaged", reason });
      return undefined;
    }
    state.log.cut(from.index);
    state.effect({ type: "cut", index: from.index });
    return { type: "cut", from } as const;
  }

  #cut(from: Incarnation, message: Cut): void {
    const first = message.from;
    const ignored = !this.#state.log.has(first) || first.index <= this.#matched;
    const cut = ignored ? undefined : this.#cutFrom(first);
    this.#reply(from, message, { type: "shape" }, cut === undefined ? [] : [cut]);
  }

  #fetch(from: Incarnation, message: Offer, nowMs: number): void {
    const state = this.#state;
    const { epoch, upTo, stampMs } = message;
    if (state.log.has(upTo) || upTo.index <= state.commit) {
      this.#reply(from, message, { type: "shape" });
      return;
    }
    if (stampMs > nowMs + state.rules.maxClockOffsetMs) {
      this.#reply(from, message, { type: "refused" });
      return;
    }
    this.#fetching = upTo;
    this.#matched = 0;
    state.giveUp(() => {
      if (this.#fetching === upTo) state.effect({ type: "fetch", epoch, upTo });
    });
  }

  #install(from: Incarnation, message: Snapshot<S>): void {
    const state = this.#state;
    const { upTo, stampMs } = message;
    const { index, epoch } = this.#fetching ?? {};
    if (upTo.index !== index || upTo.epoch !== epoch) {
      this.#reply(from, message, { type: "shape" });
      return;
    }
    this.#fetching = undefined;
    state.log.reset(upTo);
    state.lastStampMs = Math.max(state.lastStampMs, stampMs);
    this.#matched = upTo.index;
    const write = { type: "snapshot", upTo, stampMs, state: message.state } as const;
    this.#reply(from, message, { type: "ack", index: upTo.index }, [write]);
    state.commitTo(upTo.index);
  }

  /** Once everything is synced that it speaks of, if this epoch is still the promised one. */
  #reply(
    { store }: Incarnation,
    { round, epoch }: LeaderMessage<E, S>,
    said: Said,
    writes: readonly DiskWrite<E, S>[] = [],
  ): void {
    const state = this.#state;
    const { join } = state;
    state.write(writes, () => {
      if (said.type !== "stale" && (epoch !== state.promised || join !== state.join)) return;
      const reply = { from: state.self, join, epoch: state.promisedSynced, round };
      const message: MemberReply =
        said.type === "shape"
          ? { ...reply, type: "shape", shape: state.log.shape(), commit: state.commit }
          : { ...reply, ...said };
      state.effect({ type: "send", to: store, message });
    });
  }
}
