/**
 * The consensus engine: a partition's record and those of the stores, with revisions, and guarded
 * transactions on them. Misbehaves as etcd does towards its clients: requests are lost, replies are
 * lost, transactions take effect long after they were given up, reads are old, watches miss events.
 * What it holds is always right.
 */
import type { PartitionRecord } from "../../partition-record.ts";
import type { Actor } from "../../partition-record-rules.ts";
import type { StoreRecord } from "../../store-record.ts";
import type { World } from "./world.ts";

export interface Versioned<T> {
  readonly revision: number;
  readonly value: T;
}

/** At most one write of the partition and one of a store, or a guard on it. Revision 0 = new. */
export interface Change {
  readonly partition?: {
    readonly revision: number;
    readonly record: PartitionRecord;
    readonly by: Actor;
  };
  readonly store?: {
    readonly id: string;
    readonly revision: number;
    readonly record: StoreRecord | "guard";
  };
}

export type Outcome = "applied" | "conflict" | "unknown";

export interface CoordinatorNoise {
  /** Shares of all requests. */
  readonly lost: number;
  readonly replyLost: number;
  /** Given up by who asked, and done later. */
  readonly late: number;
  readonly stale: number;
  readonly missed: number;
}

export const QUIET_COORDINATOR: CoordinatorNoise = {
  lost: 0,
  replyLost: 0,
  late: 0,
  stale: 0,
  missed: 0,
};

const GIVEN_UP_MS = 60;
const LATE_MS: readonly [number, number] = [20, 500];
const WAY_MS: readonly [number, number] = [0.5, 3];
/** How far back an old read goes, in changes. */
const STALE_VERSIONS = 4;
/** How long a store counts as alive after it said so. */
const ALIVE_MS = 150;

type PartitionChange = (old: PartitionRecord, next: PartitionRecord, by: Actor) => void;

export class Coordinator {
  noise = QUIET_COORDINATOR;
  isOut = false;
  readonly unreachableFor = new Set<string>();
  readonly #world: World;
  readonly #onChange: PartitionChange;
  readonly #partition: Versioned<PartitionRecord>[];
  readonly #stores = new Map<string, Versioned<StoreRecord>[]>();
  readonly #alive = new Map<string, { readonly boot: number; readonly untilMs: number }>();
  readonly #watchers = new Map<string, (seen: Versioned<PartitionRecord>) => void>();
  #revision = 1;

  constructor(world: World, first: PartitionRecord, onChange: PartitionChange) {
    this.#world = world;
    this.#partition = [{ revision: 1, value: first }];
    this.#onChange = onChange;
  }

  /** What is true at this moment; for invariants alone. */
  get record(): PartitionRecord {
    return newest(this.#partition).value;
  }

  transact(from: string, change: Change, done: (outcome: Outcome) => void): void {
    const { random } = this.#world;
    if (this.#isLost(from)) {
      this.#world.after(GIVEN_UP_MS, () => done("unknown"));
      return;
    }
    const isLate = random.chance(this.noise.late);
    const isAnswered = !isLate && !random.chance(this.noise.replyLost);
    if (!isAnswered) this.#world.after(GIVEN_UP_MS, () => done("unknown"));
    this.#world.after(this.#world.between(...(isLate ? LATE_MS : WAY_MS)), () => {
      const outcome = this.#apply(from, change);
      if (isAnswered) this.#world.after(this.#world.between(...WAY_MS), () => done(outcome));
    });
  }

  /** Undefined = nobody knows. */
  readPartition(from: string, done: (seen: Versioned<PartitionRecord> | undefined) => void): void {
    this.#read(from, () => this.#partition, done);
  }

  /** Revision 0 = there is none. Undefined = nobody knows. */
  readStore(
    from: string,
    id: string,
    done: (seen: Versioned<StoreRecord | undefined> | undefined) => void,
  ): void {
    const none = [{ revision: 0, value: undefined }];
    this.#read<StoreRecord | undefined>(from, () => this.#stores.get(id) ?? none, done);
  }

  /** One watch per name; a later one takes its place. */
  watch(name: string, onChange: (seen: Versioned<PartitionRecord>) => void): void {
    this.#watchers.set(name, onChange);
  }

  /** A sign of life. */
  renew(store: string, boot: number): void {
    if (this.#isLost(store)) return;
    this.#alive.set(store, { boot, untilMs: this.#world.nowMs + ALIVE_MS });
  }

  /** The boots of those that said so lately, by store: a hint. */
  living(): ReadonlyMap<string, number> {
    const all = [...this.#alive].filter(([, { untilMs }]) => untilMs > this.#world.nowMs);
    return new Map(all.map(([store, { boot }]) => [store, boot]));
  }

  #isLost(from: string): boolean {
    const isGone = this.isOut || this.unreachableFor.has(from);
    return isGone || this.#world.random.chance(this.noise.lost);
  }

  #read<T>(
    from: string,
    versions: () => readonly Versioned<T>[],
    done: (seen: Versioned<T> | undefined) => void,
  ): void {
    const { random } = this.#world;
    const isLost = this.#isLost(from) || random.chance(this.noise.replyLost);
    if (isLost) {
      this.#world.after(GIVEN_UP_MS, () => done(undefined));
      return;
    }
    this.#world.after(this.#world.between(...WAY_MS), () => {
      const all = versions();
      const back = random.chance(this.noise.stale) ? 1 + random.below(STALE_VERSIONS) : 0;
      const seen = all[Math.max(0, all.length - 1 - back)] as Versioned<T>;
      this.#world.after(this.#world.between(...WAY_MS), () => done(seen));
    });
  }

  #apply(from: string, change: Change): Outcome {
    const { partition, store } = change;
    const current = newest(this.#partition);
    if (partition !== undefined && partition.revision !== current.revision) return "conflict";
    const stores = store === undefined ? [] : (this.#stores.get(store.id) ?? []);
    if (store !== undefined && store.revision !== (stores.at(-1)?.revision ?? 0)) return "conflict";
    this.#revision += 1;
    if (store !== undefined && store.record !== "guard") {
      stores.push({ revision: this.#revision, value: store.record });
      this.#stores.set(store.id, stores);
    }
    if (partition === undefined) return "applied";
    const { record, by } = partition;
    const next = { revision: this.#revision, value: record };
    this.#partition.push(next);
    this.#world.trace(() => `etcd: ${this.#revision} by ${from} ${told(record)}`);
    this.#onChange(current.value, record, by);
    for (const [name, onChange] of this.#watchers) this.#tell(name, next, onChange);
    return "applied";
  }

  #tell(
    name: string,
    seen: Versioned<PartitionRecord>,
    onChange: (seen: Versioned<PartitionRecord>) => void,
  ): void {
    const { random } = this.#world;
    const isGone = this.isOut || this.unreachableFor.has(name);
    if (isGone || random.chance(this.noise.missed)) return;
    const isLate = random.chance(this.noise.late);
    this.#world.after(this.#world.between(...(isLate ? LATE_MS : WAY_MS)), () => onChange(seen));
  }
}

function newest<T>(versions: readonly Versioned<T>[]): Versioned<T> {
  return versions.at(-1) as Versioned<T>;
}

export function told({ epoch, leader, leaderBoot, inSync, replicas, goal }: PartitionRecord) {
  const set = inSync.map(({ store, boot }) => `${store}/${boot}`).join(" ");
  const all = replicas.map(({ store, join, role }) => `${store}:${join}${role[1] ?? ""}`).join(" ");
  const to = goal === undefined ? "" : ` goal ${goal.join(" ")}`;
  return `epoch ${epoch} ${leader}/${leaderBoot} [${set}] {${all}}${to}`;
}
