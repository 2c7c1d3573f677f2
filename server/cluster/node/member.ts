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
import { LIMITS, PARTITIONS } from "../../limits.ts";
import type { Refusal } from "../../claim/reply.ts";
import type { Leadership } from "../../shard/leadership.ts";
import type { FrameBuilder } from "../../storage/journal-frame.ts";
import type { RecordStore } from "../../storage/record-store.ts";
import type { Effect } from "../core/effects.ts";
import type { LeaderMessage, MemberReply } from "../core/messages.ts";
import { Replica } from "../core/replica.ts";
import type { ReplicaRules } from "../core/replica-state.ts";
import type { LogRecord } from "../log-record.ts";
import type { Incarnation, PartitionRecord } from "../partition-record.ts";
import { handOverTarget } from "../controller-goal.ts";
import type { PeerMessage } from "../peers/peer-message.ts";
import { EntryWindow } from "./entry-window.ts";
import { MemberOutgoing, type MemberOutgoingParts } from "./member-outgoing.ts";
import { MemberWrites, type MemberWritesParts } from "./member-writes.ts";
import { payloadOf, recoveredFrom } from "./recovered-replica.ts";

type Payload = LogRecord;

export interface MemberParts
  extends MemberOutgoingParts,
    Pick<MemberWritesParts, "change" | "namespace" | "onFatal" | "store"> {
  readonly self: Incarnation;
  readonly rules: ReplicaRules;
  readonly nowMs: () => number;
  /** Writes the record, guarded; what became of it is told by `observe`. */
  readonly transact: (
    partition: number,
    change: Extract<Effect<Payload, never>, { type: "transact" }>,
  ) => void;
  readonly read: (partition: number) => void;
  readonly refusal: (partition: number) => Refusal;
  /** Keep this disk out of every set from now on, and end. */
  readonly onDamaged: (reason: string) => void;
}

/** For members that were away for some seconds under load. */
const WINDOW_BYTES = 32 * 1024 * 1024;
/** A mark of what is committed waits so long for a turn that writes anyway. */
const MARK_MS = 20;

export class Member implements Leadership {
  readonly #parts: MemberParts;
  readonly #store: RecordStore;
  readonly #replicas: readonly Replica<Payload, never>[];
  readonly #writes: MemberWrites;
  readonly #outgoing: MemberOutgoing;
  readonly #window = new EntryWindow(WINDOW_BYTES);
  /** Of each turn that is not durable yet, what its replicas wait to hear. */
  readonly #proposed: { readonly partition: number; readonly ticket: number }[][] = [];
  /** Committed further than the journal's marks say. */
  readonly #moved = new Set<number>();
  readonly #told = new Map<number, { commit: number; round: number }>();
  #listener: Parameters<Leadership["onProgress"]>[0] = () => undefined;
  #isProposing = false;
  #marking: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: MemberParts) {
    const { self, rules, store } = parts;
    this.#parts = parts;
    this.#store = store;
    this.#outgoing = new MemberOutgoing(parts, this.#window);
    this.#writes = new MemberWrites({
      ...parts,
      synced: (partition, ticket) => {
        this.#replica(partition).synced(ticket);
        this.#run(partition);
      },
    });
    this.#replicas = Array.from({ length: PARTITIONS }, (_, partition) => {
      const { recovered, pending } = recoveredFrom(store, partition);
      for (const each of pending) this.#window.append(partition, each);
      return new Replica<Payload, never>(self, rules, recovered);
    });
  }

  /** The partition's record, as read or watched. */
  observe(partition: number, revision: number, record: PartitionRecord): void {
    const replica = this.#replica(partition);
    replica.observe(revision, record, this.#parts.nowMs());
    const target = handOverTarget(record);
    if (target !== undefined && replica.role === "SERVING") replica.handOver(target);
    this.#run(partition);
  }

  receive(from: Incarnation, partition: number, message: PeerMessage): void {
    if (this.#closed || message.type === "chunk" || message.type === "wanted") return;
    const replica = this.#replica(partition);
    const nowMs = this.#parts.nowMs();
    if (isFromMember(message)) replica.hear(message, nowMs);
    else replica.receive(from, message, nowMs);
    this.#run(partition);
  }

  tick(): void {
    const nowMs = this.#parts.nowMs();
    this.#replicas.forEach((replica, partition) => {
      replica.tick(nowMs);
      this.#run(partition);
    });
    if (this.#window.isFull) this.#trim();
  }

  handOver(partition: number, store: string): boolean {
    const isSealed = this.#replica(partition).handOver(store);
    this.#run(partition);
    return isSealed;
  }

  leads(partition: number): boolean {
    return this.#replica(partition).role !== "FOLLOWING";
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#marking);
    await this.#writes.close();
  }

  epochOf(partition: number): number | undefined {
    const replica = this.#replica(partition);
    return replica.role === "SERVING" ? replica.epoch : undefined;
  }

  floorMs(partition: number): number {
    return this.#replica(partition).lastStampMs;
  }

  readonly refusal = (partition: number): Refusal => this.#parts.refusal(partition);

  beginFrame(frame: FrameBuilder): void {
    const { replicated, partitions } = this.#store;
    replicated.writeForward(frame);
    for (const partition of this.#moved) {
      const { commit } = this.#replica(partition);
      const index = Math.min(commit, this.#store.logEnd(partition));
      if (index > partitions.indexOf(partition)) replicated.commit(frame, partition, index);
      if (index === commit) this.#moved.delete(partition);
    }
  }

  propose(written: Iterable<number>): void {
    this.#proposed.push([]);
    const nowMs = this.#parts.nowMs();
    this.#isProposing = true;
    for (const partition of written) {
      const replica = this.#replica(partition);
      const from = replica.lastIndex;
      const entries = this.#store.pendingOf(partition).filter(({ entry }) => entry.index > from);
      const payloads = entries.map(({ entry }) => payloadOf(entry));
      const stampMs = Math.max(nowMs, replica.lastStampMs);
      for (const { entry } of entries) {
        this.#window.append(partition, { ...entry, stampMs, payload: payloadOf(entry) });
      }
      replica.propose(payloads, stampMs);
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

  #replica(partition: number): Replica<Payload, never> {
    return this.#replicas[partition] as Replica<Payload, never>;
  }

  #run(partition: number): void {
    for (const effect of this.#replica(partition).drain()) this.#carryOut(partition, effect);
    this.#tellProgress(partition);
  }

  #carryOut(partition: number, effect: Effect<Payload, never>): void {
    switch (effect.type) {
      case "write":
        this.#write(partition, effect.ticket, effect.writes);
        return;
      case "send":
        this.#outgoing.send(effect.to, partition, effect.message);
        return;
      case "sendEntries":
        this.#outgoing.sendEntries(partition, effect);
        return;
      case "sendSnapshot":
        return;
      case "transact":
        this.#parts.transact(partition, effect);
        return;
      case "read":
        this.#parts.read(partition);
        return;
      case "committed":
        this.#moved.add(partition);
        this.#markSoon();
        return;
      case "cut":
        this.#window.cut(partition, effect.index);
        return;
      case "role":
        if (effect.role === "SERVING") this.#beginServing(partition);
        else if (effect.role === "FOLLOWING") this.#listener(partition, "over");
        return;
      case "damaged":
        this.#parts.onDamaged(`partition ${partition}: ${effect.reason}`);
        return;
      default:
        unreachable(effect);
    }
  }

  #write(
    partition: number,
    ticket: number,
    writes: Extract<Effect<Payload, never>, { type: "write" }>["writes"],
  ): void {
    // A turn has staged its own entries already: they are durable with its frame.
    if (this.#isProposing) {
      this.#proposed.at(-1)?.push({ partition, ticket });
      return;
    }
    for (const write of writes) {
      if (write.type === "entries") {
        for (const each of write.entries) this.#window.append(partition, each);
      } else if (write.type === "erase") this.#window.clear(partition);
    }
    this.#writes.add(partition, ticket, writes);
  }

  /** What an unanswered tail of an earlier epoch may have handed out is never handed out again. */
  #beginServing(partition: number): void {
    const { partitions } = this.#store;
    const token = partitions.tokenOf(partition) + LIMITS.tokenSkip.start;
    partitions.handOut(partition, token, this.floorMs(partition));
  }

  #tellProgress(partition: number): void {
    const { commit, confirmedRound: round } = this.#replica(partition);
    const told = this.#told.get(partition);
    if (told?.commit === commit && told.round === round) return;
    this.#told.set(partition, { commit, round });
    this.#listener(partition, "same");
  }

  #markSoon(): void {
    if (this.#closed) return;
    this.#marking ??= setTimeout(() => {
      this.#marking = undefined;
      // Refused while the node stops: then a replay finds it out.
      if (this.#moved.size > 0) this.#parts.change(() => undefined).catch(() => undefined);
    }, MARK_MS);
  }

  #trim(): void {
    for (const partition of this.#window.partitions()) {
      const replica = this.#replica(partition);
      const index = this.#window.release(partition, replica.commit);
      if (index > 0) replica.release(index);
    }
  }
}

function isFromMember(
  message: LeaderMessage<Payload, never> | MemberReply,
): message is MemberReply {
  return ["ack", "shape", "stale", "refused"].includes(message.type);
}
