/** Replicas of texts on a disk that syncs when told to, and records to start from. */
import type { PartitionRecord } from "../../partition-record.ts";
import type { Effect } from "../effects.ts";
import { HandOverPace } from "../hand-over.ts";
import type { LeaderMessage, LogEntry, MemberReply } from "../messages.ts";
import { PartitionLog } from "../partition-log.ts";
import { Replica } from "../replica.ts";
import type { Recovered, ReplicaRules, ReplicaSurroundings } from "../replica-state.ts";

export type Text = Effect<string, string>;
type Of<T extends Text["type"]> = Extract<Text, { type: T }>;

export const RULES: ReplicaRules = {
  minInSync: 2,
  maxClockOffsetMs: 100,
  slowMs: 1500,
  heartbeatMs: 200,
  appendEntries: 10,
};

export const T0 = 1_700_000_000_000;

/** Stores a, b, c with joins 1, 2, 3, all at boot 1 and in sync, led by a at epoch 1. */
export function record(options: Partial<PartitionRecord> = {}): PartitionRecord {
  return {
    epoch: 1,
    leader: "a",
    leaderBoot: 1,
    inSync: ["a", "b", "c"].map((store) => ({ store, boot: 1 })),
    replicas: ["a", "b", "c"].map((store, at) => ({ store, join: at + 1, role: "VOTER" })),
    joins: 3,
    goal: undefined,
    frozen: false,
    nonce: "n",
    ...options,
  };
}

export function entries(epoch: number, from: number, to: number): LogEntry<string>[] {
  return Array.from({ length: to - from + 1 }, (_, at) => {
    const index = from + at;
    return { epoch, index, stampMs: T0 + index, payload: `${epoch}.${index}` };
  });
}

/** Of an empty disk, but for what is said. `log`: the epochs of its entries from 1 on. */
export function recovered(
  options: Partial<Omit<Recovered, "log">> & { readonly log?: readonly number[] } = {},
): Recovered {
  const log = new PartitionLog();
  for (const epoch of options.log ?? []) log.append(epoch);
  return { promised: 0, join: 0, erasedJoin: 0, commit: 0, lastStampMs: 0, ...options, log };
}

export class Fixture {
  readonly replica: Replica<string, string>;
  nowMs = T0;
  #effects: Text[] = [];
  #unsynced: number[] = [];

  constructor(
    store: string,
    from: Recovered = recovered(),
    { rules = RULES, pace = new HandOverPace() }: Partial<ReplicaSurroundings> = {},
  ) {
    this.replica = new Replica({ self: { store, boot: 1 }, rules, pace }, from);
  }

  /** What was said and done since this was asked last, one type of it. */
  take<T extends Text["type"]>(type: T): Of<T>[] {
    this.#drain();
    const taken = this.#effects.filter((each): each is Of<T> => each.type === type);
    this.#effects = this.#effects.filter((each) => each.type !== type);
    return taken;
  }

  /** Messages that were sent since, by their type. */
  sent(): string[] {
    return this.take("send").map(({ message }) => message.type);
  }

  replies(): MemberReply[] {
    return this.take("send").map(({ message }) => message as MemberReply);
  }

  /** All that was written is on disk now; told one by one, or at once by the last of them. */
  sync(): void {
    this.#drain();
    const last = this.#unsynced.at(-1);
    this.#unsynced = [];
    if (last !== undefined) this.replica.synced(last);
    this.#drain();
    if (this.#unsynced.length > 0) this.sync();
  }

  receive(from: string, message: LeaderMessage<string, string>): void {
    this.replica.receive({ store: from, boot: 1 }, message, this.nowMs);
  }

  hear(reply: MemberReply): void {
    this.replica.hear(reply, this.nowMs);
  }

  /** Of a member at boot 1, at epoch 1 and round 1 where nothing else is said. */
  ack(store: string, index: number, options: Partial<MemberReply> & { boot?: number } = {}): void {
    const { boot = 1, ...more } = options;
    const join = "abcd".indexOf(store) + 1;
    const reply = { type: "ack", from: { store, boot }, join, epoch: 1, round: 1, index };
    this.hear({ ...reply, ...more } as MemberReply);
  }

  observe(revision: number, value: PartitionRecord): void {
    this.replica.observe(revision, value, this.nowMs);
  }

  tick(afterMs: number): void {
    this.nowMs += afterMs;
    this.replica.tick(this.nowMs);
  }

  #drain(): void {
    for (const effect of this.replica.drain()) {
      this.#effects.push(effect);
      if (effect.type === "write") this.#unsynced.push(effect.ticket);
    }
  }
}

/** Store a, which leads epoch 1 and serves: b and c have said that they are with it. */
export function servingLeader(
  options: Partial<PartitionRecord> = {},
  surroundings: Partial<ReplicaSurroundings> = {},
): Fixture {
  const leader = new Fixture("a", recovered(), surroundings);
  leader.observe(1, record(options));
  leader.sync();
  for (const store of ["b", "c"]) leader.ack(store, 0);
  leader.take("role");
  leader.take("send");
  leader.take("sendEntries");
  return leader;
}
