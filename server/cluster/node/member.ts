/**
 * This node as a member of its cluster: a replica of each of its partitions, their messages, writes
 * and transactions, and what turns ask of them.
 *
 *     message, record, tick ─▶ replica ─▶ effects ─▶ journal, network, coordinator, turns
 *
 * Never decides anything itself: core/ does. Must stay true: the effects of a replica are carried
 * out in their order, and it hears of a write when that is durable.
 */
import { unreachable } from "../../errors.ts";
import type { Refusal } from "../../claim/reply.ts";
import type { Leadership } from "../../shard/leadership.ts";
import type { FrameBuilder } from "../../storage/journal-frame.ts";
import type { Outage } from "../../storage/outage.ts";
import type { RecordStore } from "../../storage/record-store.ts";
import type { Effect } from "../core/effects.ts";
import { HandOverPace } from "../core/hand-over.ts";
import { isMemberReply, type LeaderMessage } from "../core/messages.ts";
import type { Replica } from "../core/replica.ts";
import type { LogRecord } from "../log-record.ts";
import type { Incarnation, PartitionRecord } from "../partition-record.ts";
import type { PeerMessage } from "../peers/peer-message.ts";
import { EntryWindow } from "./entry-window.ts";
import { replicaStats } from "./cluster-stats.ts";
import { CommitMarks } from "./commit-marks.ts";
import { MemberSnapshots } from "./member-snapshots.ts";
import { MemberEpochs } from "./member-epochs.ts";
import { MemberOutgoing } from "./member-outgoing.ts";
import type { MemberParts } from "./member-parts.ts";
import { MemberWrites } from "./member-writes.ts";
import { replicasFrom } from "./recovered-replica.ts";
import type { InstalledState } from "./snapshot-taking.ts";

type Payload = LogRecord;
type Doing = Effect<Payload, InstalledState>;

/** For members that were away for some seconds under load. */
const WINDOW_BYTES = 32 * 1024 * 1024;

export class Member implements Leadership {
  readonly maxClockOffsetMs: number;
  readonly #parts: MemberParts;
  readonly #store: RecordStore;
  readonly #replicas: readonly Replica<Payload, InstalledState>[];
  readonly #writes: MemberWrites;
  readonly #outgoing: MemberOutgoing;
  readonly #window = new EntryWindow(WINDOW_BYTES);
  /** Of each turn that is not durable yet, what its replicas wait to hear. */
  readonly #proposed: { readonly partition: number; readonly ticket: number }[][] = [];
  readonly #marks: CommitMarks;
  readonly #snapshots: MemberSnapshots;
  readonly #epochs: MemberEpochs;
  readonly #told = new Map<number, { commit: number; round: number }>();
  #listener: Parameters<Leadership["onProgress"]>[0] = () => undefined;
  #isProposing = false;
  #closed = false;

  constructor(parts: MemberParts) {
    const { self, rules, store, change } = parts;
    this.#parts = parts;
    this.#store = store;
    this.maxClockOffsetMs = rules.maxClockOffsetMs;
    this.#outgoing = new MemberOutgoing(parts, this.#window);
    this.#snapshots = new MemberSnapshots({
      ...parts,
      send: (to, partition, message) => {
        this.#outgoing.send(to, partition, message);
      },
      replica: (partition) => this.#replica(partition),
      hearLeader: (from, partition, message) => {
        this.#hearLeader(from, partition, message);
      },
    });
    this.#epochs = new MemberEpochs(parts);
    this.#marks = new CommitMarks({
      ...{ store, change, commitOf: (partition) => this.commit(partition) },
      isCutting: (partition) => this.#writes.isCutting(partition),
    });
    this.#writes = new MemberWrites({
      ...parts,
      synced: (partition, ticket) => {
        this.#replica(partition).synced(ticket);
        this.#run(partition);
      },
    });
    this.#replicas = replicasFrom(store, this.#window, { self, rules, pace: new HandOverPace() });
  }

  /** The partition's record, as read or watched. */
  observe(partition: number, revision: number, record: PartitionRecord): void {
    this.#replica(partition).observe(revision, record, this.#parts.nowMs());
    this.#run(partition);
  }

  receive(from: Incarnation, partition: number, message: PeerMessage): void {
    if (this.#closed) return;
    if (message.type === "chunk" || message.type === "wanted") {
      this.#snapshots.receive(from, partition, message);
    } else if (isMemberReply(message)) {
      this.#replica(partition).hear(message, this.#parts.nowMs());
      this.#run(partition);
    } else this.#hearLeader(from, partition, message);
  }

  #hearLeader(
    from: Incarnation,
    partition: number,
    message: LeaderMessage<Payload, InstalledState>,
  ): void {
    if (message.type === "append") this.#epochs.heard(partition);
    this.#replica(partition).receive(from, message, this.#parts.nowMs());
    this.#run(partition);
  }

  tick(): void {
    const nowMs = this.#parts.nowMs();
    this.#replicas.forEach((replica, partition) => {
      replica.tick(nowMs);
      this.#run(partition);
    });
    this.#snapshots.sending.tick();
    if (this.#window.isFull) this.#trim();
  }

  stats() {
    const { epochsBegun, epochsEnded } = this.#epochs;
    const counts = { epochsBegun, epochsEnded, ...this.#snapshots.stats };
    return { ...replicaStats((partition) => this.#replica(partition)), ...counts };
  }

  handOver(partition: number, store: string): void {
    this.#replica(partition).handOver(store, this.#parts.nowMs());
    this.#run(partition);
  }

  leave(partition: number): void {
    this.#replica(partition).leave();
    this.#run(partition);
  }

  /** The others take nothing that this node leads, for its clock's sake. */
  get isRefused(): boolean {
    return this.#replicas.some(({ isRefused }) => isRefused);
  }

  leads(partition: number): boolean {
    return this.#replica(partition).role !== "FOLLOWING";
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#marks.close();
    this.#epochs.close();
    await this.#snapshots.close();
    await this.#writes.close();
  }

  epochOf(partition: number): number | undefined {
    return this.#epochs.served(partition, this.#replica(partition));
  }

  outageOf(partition: number): Outage | undefined {
    return this.#epochs.outageOf(partition);
  }

  floorMs(partition: number): number {
    return this.#replica(partition).lastStampMs;
  }

  readonly refusal = (partition: number): Refusal => this.#parts.refusal(partition);

  beginFrame(frame: FrameBuilder): void {
    this.#store.replicated.writeForward(frame);
    this.#marks.stage(frame);
  }

  propose(written: Iterable<number>): void {
    this.#proposed.push([]);
    const nowMs = this.#parts.nowMs();
    this.#isProposing = true;
    for (const partition of written) {
      const replica = this.#replica(partition);
      const payloads = this.#store.pendingAfter(partition, replica.lastIndex);
      replica.propose(payloads, Math.max(nowMs, replica.lastStampMs));
      this.#run(partition);
    }
    this.#isProposing = false;
  }

  proposedAreDurable(): void {
    for (const { partition, ticket } of this.#proposed.shift() ?? []) {
      this.#replica(partition).synced(ticket);
      this.#run(partition);
    }
  }

  askRound(partition: number): number {
    const round = this.#replica(partition).askRound() ?? 0;
    this.#run(partition);
    return round;
  }

  commit(partition: number): number {
    return this.#replica(partition).commit;
  }

  confirmedRound(partition: number): number {
    return this.#replica(partition).confirmedRound;
  }

  onProgress(listener: Parameters<Leadership["onProgress"]>[0]): void {
    this.#listener = listener;
  }

  #replica(partition: number): Replica<Payload, InstalledState> {
    return this.#replicas[partition] as Replica<Payload, InstalledState>;
  }

  #run(partition: number): void {
    for (const effect of this.#replica(partition).drain()) this.#carryOut(partition, effect);
    this.#tellProgress(partition);
  }

  #carryOut(partition: number, effect: Doing): void {
    switch (effect.type) {
      case "write":
        this.#write(partition, effect);
        return;
      case "send":
        this.#outgoing.send(effect.to, partition, effect.message);
        return;
      case "sendEntries":
        this.#outgoing.sendEntries(partition, effect);
        return;
      case "sendSnapshot":
        this.#snapshots.sending.ask(partition, effect);
        return;
      case "fetch":
        this.#snapshots.taking.fetch(partition, effect);
        return;
      case "transact":
        this.#parts.records.transact(partition, effect);
        return;
      case "read":
        this.#parts.records.read(partition);
        return;
      case "committed":
        this.#marks.moved(partition);
        return;
      case "cut":
        this.#window.cut(partition, effect.index);
        return;
      case "role":
        this.#epochs.become(partition, effect.role, this.#replica(partition));
        if (effect.role === "FOLLOWING") this.#listener(partition, "over");
        return;
      case "damaged":
        this.#parts.onDamaged(`partition ${partition}: ${effect.reason}`);
        return;
      default:
        unreachable(effect);
    }
  }

  #write(partition: number, { ticket, writes }: Extract<Doing, { type: "write" }>): void {
    for (const write of writes) {
      if (write.type === "entries") {
        for (const each of write.entries) this.#window.append(partition, each);
      } else if (write.type === "erase") this.#window.clear(partition);
    }
    // A turn has staged its own entries already: they are durable with its frame.
    if (this.#isProposing) this.#proposed.at(-1)?.push({ partition, ticket });
    else this.#writes.add(partition, ticket, writes);
  }

  #tellProgress(partition: number): void {
    const { commit, confirmedRound: round } = this.#replica(partition);
    const told = this.#told.get(partition);
    if (told?.commit === commit && told.round === round) return;
    this.#told.set(partition, { commit, round });
    this.#listener(partition, "same");
  }

  /** Not what follows on a snapshot that is under way. */
  #trim(): void {
    for (const partition of this.#window.partitions()) {
      const applied = this.#store.partitions.indexOf(partition);
      const upTo = Math.min(applied, this.#snapshots.sending.upTo(partition));
      const index = this.#window.release(partition, upTo);
      if (index > 0) this.#replica(partition).release(index);
    }
  }
}
