/**
 * A replica that leads one epoch.
 *
 *     RECOVERING → SERVING → SEALED → (hands over)
 *          its members take its log    nothing new, all is to be committed
 *
 * R3   An entry is committed when every incarnation of the effective set has synced it at this
 *      epoch, and the set has `minInSync` members. The effective set is the confirmed one and
 *      every change that may still be applied. The leader's own sync counts like any member's.
 * R5   Grants only after its whole set has promised this epoch. Its log is the truth; a member that
 *      knows a commit index beyond it proves that this disk lied.
 * R6   While it leads, only it changes who is in sync: it also drops those that the goal of a move
 *      no longer wants, once all that it wants are in.
 * R7   Adds who has acknowledged all up to max(commit, the log's end when the epoch began); it
 *      counts from the moment of sending. Drops nobody below `minInSync` (who says that it leaves,
 *      at once), and nobody counts as dropped before that is confirmed.
 * R9   What became of a change is learnt by reading a higher revision, and settled by sending it
 *      once more on the same one.
 * R10  Hands over to a confirmed member, when everything is committed: asked to, or for a move.
 * R12  A round is confirmed when the whole effective set has replied to it: nobody else has led
 *      since it was asked.
 */
import { isOutgrown } from "../controller-goal.ts";
import type { Incarnation, PartitionRecord, Replica } from "../partition-record.ts";
import { EffectiveSet } from "./effective-set.ts";
import type { Role } from "./effects.ts";
import { HandOver } from "./hand-over.ts";
import { MemberProgress } from "./member-progress.ts";
import type { MemberReply, Shape } from "./messages.ts";
import type { ReplicaState, Seen } from "./replica-state.ts";

export class Leader<E, S> {
  readonly epoch: number;
  readonly #state: ReplicaState<E, S>;
  /** The log's end when the epoch began: all of it must be committed before anything is granted. */
  readonly #startIndex: number;
  readonly #set: EffectiveSet<E, S>;
  readonly #handOver: HandOver<E, S>;
  #members: MemberProgress[] = [];
  #role: Role = "RECOVERING";
  /** Own entries that are synced. */
  #ownSynced: number;
  #commitWritten: number;
  #round = 1;
  #confirmedRound = 0;
  #spokeAtMs: number;
  #isOver = false;

  /** The epoch is promised, and that is synced. */
  constructor(state: ReplicaState<E, S>, seen: Seen, nowMs: number) {
    this.#state = state;
    this.epoch = seen.record.epoch;
    this.#startIndex = state.log.lastIndex;
    this.#ownSynced = state.log.lastIndex;
    this.#commitWritten = state.commit;
    this.#spokeAtMs = nowMs;
    this.#set = new EffectiveSet(state, seen, nowMs);
    this.#handOver = new HandOver(state);
    state.effect({ type: "role", role: this.#role });
    this.#adopt(nowMs);
    this.#speakToAll();
    this.#advance();
  }

  get record(): PartitionRecord {
    return this.#set.record;
  }

  get role(): Role {
    return this.#role;
  }

  /** Answers that write nothing may go once a round asked after the question is confirmed. */
  get confirmedRound(): number {
    return this.#confirmedRound;
  }

  /** Nobody who keeps up takes what this clock has stamped: then it is not theirs that is wrong. */
  get isRefused(): boolean {
    const keepingUp = this.#members.filter(({ isSlow, isRefusing }) => !isSlow && !isRefusing);
    return keepingUp.length === 0 && this.#members.some(({ isRefusing }) => isRefusing);
  }

  /** How many entries the last of the set lacks. */
  get lagEntries(): number {
    const behind = this.#set
      .effective()
      .filter(({ store }) => store !== this.#state.self.store)
      .map((each) => this.#state.log.lastIndex - (this.#memberOf(each)?.matched ?? 0));
    return Math.max(0, ...behind);
  }

  /** A read of the record that still names this incarnation at this epoch. */
  confirm(seen: Seen, nowMs: number): void {
    this.#set.confirm(seen);
    this.#handOver.end();
    if (this.#role === "SEALED") this.#become("SERVING");
    this.#adopt(nowMs);
    this.#advance();
    this.#moveOn(nowMs);
  }

  /** What is still on its way to disk changes nothing here any more. */
  end(): void {
    this.#isOver = true;
    this.#handOver.end();
  }

  /** The log's end with the new entries; undefined when nothing may be granted. */
  propose(payloads: readonly E[], stampMs: number): number | undefined {
    if (this.#role !== "SERVING") return undefined;
    const { log } = this.#state;
    const entries = payloads.map((payload) => ({ ...log.append(this.epoch), stampMs, payload }));
    this.#state.lastStampMs = Math.max(this.#state.lastStampMs, stampMs);
    const { lastIndex } = log;
    this.#state.write([{ type: "entries", entries }, ...this.#commitWrites()], () => {
      if (this.#isOver) return;
      this.#ownSynced = lastIndex;
      this.#advance();
    });
    for (const member of this.#members) if (member.sent !== undefined) this.#speak(member);
    return lastIndex;
  }

  /** A round asked after this moment. */
  askRound(): number {
    this.#round += 1;
    this.#speakToAll();
    this.#advance();
    return this.#round;
  }

  /** Nothing new from now on; false when that can't be: not serving, or no confirmed member. */
  handOver(store: string, nowMs: number): boolean {
    if (this.#role !== "SERVING" || store === this.#state.self.store) return false;
    const target = this.#set.confirmed.find((each) => each.store === store);
    if (target === undefined || this.#memberOf(target) === undefined) return false;
    this.#handOver.begin(store, nowMs);
    this.#become("SEALED");
    this.#moveOn(nowMs);
    return true;
  }

  /** False: a higher epoch exists, and this one is over. */
  receive(reply: MemberReply, nowMs: number): boolean {
    if (reply.epoch > this.epoch) return false;
    // A stale one answers what an earlier epoch of this store asked: its round is of that epoch.
    if (reply.epoch < this.epoch || reply.type === "stale") return true;
    const member = this.#members.find(({ store }) => store === reply.from.store);
    if (member?.join !== reply.join || !member.heard(reply.from.boot, reply.round)) return true;
    if (reply.type === "refused") member.isRefusing = true;
    if (reply.type === "leaving") {
      member.leavingAtMs = nowMs;
      this.#set.shrink(member, nowMs);
    }
    if (reply.type === "ack") {
      member.isRefusing = false;
      member.matched = Math.max(member.matched, reply.index);
      member.sent = Math.max(member.sent ?? 0, member.matched);
      if (member.sent < this.#state.log.lastIndex) this.#speak(member);
    } else if (reply.type === "shape") this.#compare(member, reply, nowMs);
    this.#expand(member, nowMs);
    this.#advance();
    this.#moveOn(nowMs);
    return true;
  }

  tick(nowMs: number): void {
    const { heartbeatMs, slowMs } = this.#state.rules;
    if (nowMs - this.#spokeAtMs >= heartbeatMs) {
      this.#spokeAtMs = nowMs;
      this.#round += 1;
      this.#speakToAll();
    }
    this.#set.tick(nowMs);
    const mark = { index: this.#state.log.lastIndex, round: this.#round, atMs: nowMs };
    for (const member of this.#members) {
      member.isSlow = member.behindMs(mark) > slowMs;
      if (this.#isUnwanted(member, nowMs)) this.#set.shrink(member, nowMs);
      else this.#expand(member, nowMs);
    }
    this.#advance();
    this.#moveOn(nowMs);
  }

  #become(role: Role): void {
    this.#role = role;
    this.#state.effect({ type: "role", role });
  }

  /** The record lists these replicas now: what is known of those that stay is kept. */
  #adopt(nowMs: number): void {
    const mark = { index: this.#state.log.lastIndex, round: this.#round, atMs: nowMs };
    const { store: own } = this.#state.self;
    const isOther = ({ store, role }: Replica) => store !== own && role !== "LEAVING";
    this.#members = this.record.replicas.filter(isOther).map((replica) => {
      const known = this.#members.find(({ store }) => store === replica.store);
      return known?.join === replica.join ? known : new MemberProgress(replica, mark);
    });
  }

  #speakToAll(): void {
    for (const member of this.#members) this.#speak(member);
  }

  #speak(member: MemberProgress): void {
    const { log, commit } = this.#state;
    const { store: to, join, sent } = member;
    const head = { epoch: this.epoch, join, round: this.#round };
    const epochSent = sent === undefined ? undefined : log.epochAt(sent);
    if (sent === undefined || epochSent === undefined) {
      member.sent = undefined;
      this.#state.effect({ type: "send", to, message: { type: "hello", ...head } });
      return;
    }
    const previous = { epoch: epochSent, index: sent };
    const lastIndex = Math.min(log.lastIndex, sent + this.#state.rules.appendEntries);
    this.#state.effect({ type: "sendEntries", to, ...head, previous, lastIndex, commit });
    member.sent = lastIndex;
  }

  #compare(member: MemberProgress, { shape, commit }: Shape, nowMs: number): void {
    const state = this.#state;
    const agreed = state.log.agreement(shape);
    if (commit > (agreed ?? state.log.lastIndex)) {
      const reason = `${member.store} has committed ${commit}, which is not in this log`;
      state.effect({ type: "damaged", reason });
      return;
    }
    const { store: to, join } = member;
    const head = { epoch: this.epoch, join, round: this.#round };
    if (agreed === undefined) {
      member.sent = undefined;
      if (nowMs - member.snapshotAtMs < state.rules.slowMs) return;
      member.snapshotAtMs = nowMs;
      state.effect({ type: "sendSnapshot", to, ...head });
      return;
    }
    if (shape.lastIndex > agreed && agreed === state.log.lastIndex) {
      const first = agreed + 1;
      const epoch = shape.runs.findLast(({ firstIndex }) => firstIndex <= first)?.epoch ?? 0;
      const from = { epoch, index: first };
      state.effect({ type: "send", to, message: { type: "cut", ...head, from } });
    }
    member.sent = agreed;
    this.#speak(member);
  }

  #expand(member: MemberProgress, nowMs: number): void {
    const needed = Math.max(this.#state.commit, this.#startIndex);
    if (member.round === 0 || member.matched < needed) return;
    if (!this.#isUnwanted(member, nowMs)) this.#set.expand(member, nowMs);
  }

  #isUnwanted(member: MemberProgress, nowMs: number): boolean {
    const isGoing = member.isSlow || member.isLeaving(nowMs, this.#state.rules.slowMs);
    return isGoing || isOutgrown(this.record, member.store);
  }

  /** What the whole effective set has is committed; what it has replied to is confirmed. */
  #advance(): void {
    const state = this.#state;
    let commit = this.#ownSynced;
    let round = this.#round;
    for (const each of this.#set.effective()) {
      if (each.store === state.self.store) continue;
      const member = this.#memberOf(each);
      commit = Math.min(commit, member?.matched ?? 0);
      round = Math.min(round, member?.round ?? 0);
    }
    if (!this.#set.isLargeEnough) return;
    this.#confirmedRound = Math.max(this.#confirmedRound, round);
    if (round > 0 && commit >= this.#startIndex) {
      state.commitTo(commit);
      if (this.#role === "RECOVERING") this.#become("SERVING");
    }
  }

  #moveOn(nowMs: number): void {
    const target = this.#handOver.wanted(this.record, nowMs);
    if (target !== undefined) this.handOver(target, nowMs);
    const { commit, log } = this.#state;
    const { to } = this.#handOver;
    if (to !== undefined && commit === log.lastIndex) this.#set.handOver(to, nowMs);
  }

  #memberOf({ store, boot }: Incarnation): MemberProgress | undefined {
    return this.#members.find((each) => each.store === store && each.boot === boot);
  }

  #commitWrites() {
    const { commit } = this.#state;
    if (commit === this.#commitWritten) return [];
    this.#commitWritten = commit;
    return [{ type: "commit", index: commit } as const];
  }
}
