/**
 * What runs a replica: it carries out what the protocol wants done, on the simulated disk, network
 * and coordinator, and tells it what came of it. Decides nothing about replication itself.
 */
import type { Effect } from "../../core/effects.ts";
import { HandOverPace } from "../../core/hand-over.ts";
import {
  isMemberReply,
  type LeaderMessage,
  type MemberReply,
  type Snapshot,
} from "../../core/messages.ts";
import type { LogPoint } from "../../core/partition-log.ts";
import { Replica } from "../../core/replica.ts";
import type { Incarnation, PartitionRecord } from "../../partition-record.ts";
import type { Actor } from "../../partition-record-rules.ts";
import { damagedRecord } from "../../store-record.ts";
import { Answers } from "./answers.ts";
import type { Versioned } from "./coordinator.ts";
import type { KeptState, Payload, ReplicaImage } from "./image.ts";
import type { Process } from "./process.ts";
import type { Store } from "./store.ts";
import type { Surroundings } from "./surroundings.ts";

type Doing = Effect<Payload, KeptState>;
type Message = LeaderMessage<Payload, KeptState>;
type Transaction = Extract<Doing, { type: "transact" }>;

const TICK_MS = 20;
const READ_MS = 200;
const RENEW_MS = 50;
/** The longest that a snapshot takes to come. */
const FETCH_MS = 100;
/** A store whose disk has not synced for so long must not look alive. */
const STUCK_MS = 100;

export class Node {
  readonly replica: Replica<Payload, KeptState>;
  /** All that was given to the disk, synced or not. */
  readonly memory: ReplicaImage;
  readonly answers: Answers;
  readonly self: Incarnation;
  readonly #around: Surroundings;
  readonly #store: Store;
  readonly #process: Process;
  /** As it came, of the last snapshot that was offered. */
  #offered: { readonly from: Incarnation; readonly snapshot: Snapshot<KeptState> } | undefined;
  #isReading = false;
  #checked = 0;
  #readAtMs = 0;
  #renewedAtMs = 0;

  constructor(around: Surroundings, store: Store, process: Process, boot: number) {
    this.#around = around;
    this.#store = store;
    this.#process = process;
    this.self = { store: store.id, boot };
    this.memory = store.disk.image.copy();
    around.promises.started(store, this.memory);
    const surroundings = { self: this.self, rules: around.rules, pace: new HandOverPace() };
    this.replica = new Replica(surroundings, this.memory.recovered());
    this.#checkCommitted(this.replica.commit);
    this.answers = new Answers(around, store, this);
  }

  start(): void {
    const { coordinator, world } = this.#around;
    coordinator.watch(this.self.store, (seen) => this.#process.input(() => this.#observe(seen)));
    this.#read();
    this.#process.after(world.between(0, TICK_MS), () => this.#tick());
  }

  /** A snapshot is an offer first. */
  receive(from: Incarnation, message: Message): void {
    this.#around.world.trace(() => `${this.#name} ← ${from.store} ${toldMessage(message)}`);
    if (message.type !== "snapshot") {
      this.#receive(from, message);
      return;
    }
    const { epoch, join, round, upTo, stampMs } = message;
    this.#offered = { from, snapshot: message };
    this.#receive(from, { type: "offer", epoch, join, round, upTo, stampMs });
  }

  #receive(from: Incarnation, message: Message): void {
    this.step(() => this.replica.receive(from, message, this.nowMs()));
  }

  hear(reply: MemberReply): void {
    this.#around.world.trace(() => `${this.#name} ← ${reply.from.store} ${toldMessage(reply)}`);
    this.step(() => this.replica.hear(reply, this.nowMs()));
  }

  /** One input to the replica, and all that comes of it. */
  step(act: () => void): void {
    act();
    for (let doing = this.replica.drain(); doing.length > 0; doing = this.replica.drain()) {
      for (const each of doing) if (!this.#process.hasEnded) this.#do(each);
    }
    if (!this.#process.hasEnded) this.answers.settle();
  }

  get #name(): string {
    return `${this.self.store}/${this.self.boot}`;
  }

  #tick(): void {
    const { world, coordinator } = this.#around;
    this.step(() => this.replica.tick(this.nowMs()));
    if (world.nowMs - this.#readAtMs > READ_MS) this.#read();
    const { disk } = this.#store;
    const isStuck = disk.isStalled && world.nowMs - disk.syncedAtMs > STUCK_MS;
    const isWell = !isStuck && !this.replica.isRefused;
    if (world.nowMs - this.#renewedAtMs > RENEW_MS && isWell) {
      this.#renewedAtMs = world.nowMs;
      coordinator.renew(this.self.store, this.self.boot);
    }
    if (world.random.chance(0.04)) this.#release();
    this.#process.after(TICK_MS, () => this.#tick());
  }

  nowMs(): number {
    return this.#store.clock.nowMs();
  }

  /** Some of what is committed is kept as state from now on. */
  #release(): void {
    const index = Math.max(0, this.replica.commit - this.#around.world.random.below(8));
    if (index <= this.memory.base.index) return;
    this.memory.apply({ type: "release", index });
    this.replica.release(index);
    this.#write([{ type: "release", index }], () => undefined);
  }

  #do(effect: Doing): void {
    const { world, promises } = this.#around;
    switch (effect.type) {
      case "write":
        for (const write of effect.writes) this.memory.apply(write);
        this.#write(effect.writes, () => this.step(() => this.replica.synced(effect.ticket)));
        return;
      case "send":
        this.#send(effect.to, effect.message);
        return;
      case "sendEntries": {
        const { to, epoch, join, round, previous, lastIndex, commit } = effect;
        const entries = this.memory.entries(previous.index, lastIndex);
        this.#send(to, { type: "append", epoch, join, round, previous, entries, commit });
        return;
      }
      case "sendSnapshot": {
        const { to, epoch, join, round } = effect;
        this.#send(to, { type: "snapshot", epoch, join, round, ...this.memory.snapshot() });
        return;
      }
      case "fetch":
        this.#fetch(effect.upTo);
        return;
      case "transact":
        this.#transact(effect);
        return;
      case "read":
        this.#read();
        return;
      case "committed":
        this.memory.commit = Math.max(this.memory.commit, effect.index);
        this.#checkCommitted(effect.index);
        return;
      case "cut":
        return;
      case "role":
        world.trace(() => `${this.#name} is ${effect.role} at ${this.replica.epoch ?? "none"}`);
        if (effect.role !== "RECOVERING") return;
        promises.leads(this.replica.epoch ?? 0, this.self);
        this.answers.begin();
        return;
      case "damaged":
        this.#damaged(effect.reason);
        return;
    }
  }

  /** What was offered comes piece by piece: it takes a while until all of it is there. */
  #fetch(upTo: LogPoint): void {
    const offered = this.#offered;
    if (offered?.snapshot.upTo.index !== upTo.index) return;
    this.#process.after(this.#around.world.between(0, FETCH_MS), () => {
      this.#receive(offered.from, offered.snapshot);
    });
  }

  #checkCommitted(to: number): void {
    const from = this.#checked;
    this.#around.promises.committed(this.self, this.memory, { from, to });
    this.#checked = to;
  }

  #write(writes: Parameters<Store["disk"]["write"]>[0], then: () => void): void {
    const { disk } = this.#store;
    disk.write(
      writes,
      () => this.#process.input(then),
      () => this.#store.crash(this.#around.world.between(20, 200)),
    );
  }

  #send(to: string, message: Message | MemberReply): void {
    const { network, stores, promises } = this.#around;
    promises.says(this.#store, message.epoch);
    network.send(this.self.store, to, () =>
      stores.get(to)?.deliver((node) => {
        if (isMemberReply(message)) node.hear(message);
        else node.receive(this.self, message);
      }),
    );
  }

  #read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    this.#readAtMs = this.#around.world.nowMs;
    this.#around.coordinator.readPartition(this.self.store, (seen) =>
      this.#process.input(() => {
        this.#isReading = false;
        if (seen !== undefined) this.#observe(seen);
      }),
    );
  }

  #observe({ revision, value }: Versioned<PartitionRecord>): void {
    this.step(() => this.replica.observe(revision, value, this.nowMs()));
  }

  #transact({ revision, record, candidate }: Transaction): void {
    const { coordinator } = this.#around;
    const { store } = this.self;
    const read = (): void => this.#process.input(() => this.#read());
    if (candidate === undefined) {
      const by: Actor = { type: "leader", incarnation: this.self, epoch: this.replica.epoch ?? 0 };
      coordinator.transact(store, { partition: { revision, record, by } }, read);
      return;
    }
    coordinator.readStore(store, candidate.store, (seen) => {
      if (seen?.value?.state !== "ACTIVE" || seen.value.boot !== candidate.boot) return;
      const guard = { id: candidate.store, revision: seen.revision, record: "guard" } as const;
      const partition = { revision, record, by: { type: "promoter" } } as const;
      coordinator.transact(store, { partition, store: guard }, read);
    });
  }

  /** Never in sync again. */
  #damaged(reason: string): void {
    const { coordinator, world } = this.#around;
    world.trace(() => `${this.#name} is damaged: ${reason}`);
    const { store } = this.self;
    coordinator.readStore(store, store, (seen) => {
      if (seen?.value === undefined) return;
      const record = damagedRecord(seen.value, reason);
      coordinator.transact(store, { store: { id: store, revision: seen.revision, record } }, () =>
        this.#store.crash(Infinity),
      );
    });
  }
}

function toldMessage(message: Message | MemberReply): string {
  const { type, epoch, join, round } = message;
  const head = `${type} e${epoch} j${join} r${round}`;
  switch (message.type) {
    case "append": {
      const { previous, entries, commit } = message;
      return `${head} ${previous.epoch}.${previous.index}+${entries.length} commit ${commit}`;
    }
    case "cut":
      return `${head} ${message.from.epoch}.${message.from.index}`;
    case "snapshot":
      return `${head} ${message.upTo.epoch}.${message.upTo.index}`;
    case "ack":
      return `${head} boot ${message.from.boot} ${message.index}`;
    case "shape":
      return `${head} boot ${message.from.boot} last ${message.shape.lastIndex}`;
    default:
      return head;
  }
}
