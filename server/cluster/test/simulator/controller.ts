/**
 * Looks after the partition from outside, on what it was told, perhaps late: promotes when the
 * leader is gone (R4), adds learners for a move, lets go who is no longer wanted. Several may do so
 * at once; each of its steps is one guarded transaction.
 */
import { candidateFor, promotionOf, type StoreView } from "../../core/promotion.ts";
import type { PartitionRecord, Replica } from "../../partition-record.ts";
import type { StoreRecord, Versioned } from "./coordinator.ts";
import type { Surroundings } from "./surroundings.ts";

const LOOK_MS = [30, 90] as const;

export class Controller {
  readonly #around: Surroundings;
  readonly #name: string;
  readonly #replicas: number;
  readonly #stores = new Map<string, Versioned<StoreRecord | undefined>>();
  #nonces = 0;
  /** Stores that it wants the partition on, until it has written so. */
  #wish: readonly string[] | undefined;

  constructor(around: Surroundings, name: string, replicas: number) {
    this.#around = around;
    this.#name = name;
    this.#replicas = replicas;
  }

  get name(): string {
    return this.#name;
  }

  start(): void {
    const { world, coordinator, stores } = this.#around;
    world.after(world.between(...LOOK_MS), () => {
      for (const id of stores.keys()) {
        coordinator.readStore(this.#name, id, (seen) => {
          if (seen !== undefined) this.#stores.set(id, seen);
        });
      }
      coordinator.readPartition(this.#name, (seen) => {
        if (seen !== undefined) this.#look(seen);
        this.start();
      });
    });
  }

  /** A move to these, the first as the leader. */
  move(goal: readonly string[]): void {
    this.#wish = goal;
  }

  #look({ revision, value: record }: Versioned<PartitionRecord>): void {
    const views = [...this.#stores].flatMap(([store, { value }]): StoreView[] => {
      if (value === undefined) return [];
      const isAlive = this.#around.coordinator.isAlive(store, value.boot);
      return [{ store, boot: value.boot, isActive: value.state === "ACTIVE", isAlive }];
    });
    const isUp = (store: string): boolean =>
      views.some((each) => each.store === store && each.isActive && each.isAlive);
    const leads = views.some(({ store, boot }) => this.#isLeader(record, store, boot));
    if (!leads || !isUp(record.leader)) this.#promote(revision, record, views, isUp);
    else this.#plan(revision, record, isUp);
  }

  #isLeader({ leader, leaderBoot }: PartitionRecord, store: string, boot: number): boolean {
    return store === leader && boot === leaderBoot;
  }

  #promote(
    revision: number,
    old: PartitionRecord,
    views: readonly StoreView[],
    isUp: (store: string) => boolean,
  ): void {
    const { coordinator, rules } = this.#around;
    const candidate = candidateFor(old, views);
    if (candidate === undefined) return;
    const gone = old.inSync.map(({ store }) => store).filter((store) => !isUp(store));
    const record = promotionOf(old, candidate, gone, rules.minInSync, this.#nonce());
    const seen = this.#stores.get(candidate.store);
    if (record === undefined || seen === undefined) return;
    const store = { id: candidate.store, revision: seen.revision, record: "guard" } as const;
    const partition = { revision, record, by: { type: "promoter" } } as const;
    coordinator.transact(this.#name, { partition, store }, () => undefined);
  }

  /** One step towards where the partition is to be. */
  #plan(revision: number, old: PartitionRecord, isUp: (store: string) => boolean): void {
    const next = this.#nextPlan(old, isUp);
    if (next === undefined) return;
    const record = { ...old, ...next, nonce: this.#nonce() };
    const partition = { revision, record, by: { type: "planner" } } as const;
    this.#around.coordinator.transact(this.#name, { partition }, () => undefined);
  }

  #nextPlan(
    old: PartitionRecord,
    isUp: (store: string) => boolean,
  ): Partial<PartitionRecord> | undefined {
    const goal = this.#wish ?? this.#replacement(old, isUp);
    this.#wish = undefined;
    if (goal !== undefined) return { goal };
    if (old.goal === undefined) return undefined;
    if (!old.goal.every(isUp)) return { goal: undefined };
    return this.#towards(old, old.goal);
  }

  #towards(old: PartitionRecord, goal: readonly string[]): Partial<PartitionRecord> | undefined {
    const { replicas, inSync, leader } = old;
    // Whoever is to come back does so as a new member.
    const leaving = replicas.find(({ role }) => role === "LEAVING");
    if (leaving !== undefined) return { replicas: replicas.filter((each) => each !== leaving) };
    const missing = goal.find((store) => !replicas.some((each) => each.store === store));
    if (missing !== undefined) {
      const join = old.joins + 1;
      const learner: Replica = { store: missing, join, role: "LEARNER" };
      return { replicas: [...replicas, learner], joins: join };
    }
    const isInSync = (store: string): boolean => inSync.some((each) => each.store === store);
    if (!goal.every(isInSync) || leader !== goal[0]) return undefined;
    if (replicas.length === goal.length) return { goal: undefined };
    const first = replicas.find(({ store }) => !goal.includes(store) && !isInSync(store));
    const role = "LEAVING" as const;
    if (first === undefined) return undefined;
    return { replicas: replicas.map((each) => (each === first ? { ...each, role } : each)) };
  }

  /** Another store for one whose disk is not to be trusted any more, or is gone. */
  #replacement(
    { replicas, goal, leader, inSync }: PartitionRecord,
    isUp: (store: string) => boolean,
  ): readonly string[] | undefined {
    const { stores } = this.#around;
    if (goal !== undefined || replicas.length > this.#replicas) return undefined;
    const lost = replicas.find(({ store }) => stores.get(store)?.isLost === true);
    const spare = [...stores.keys()].find(
      (store) => isUp(store) && !replicas.some((each) => each.store === store),
    );
    if (lost === undefined || spare === undefined) return undefined;
    const rest = inSync.map(({ store }) => store).filter((store) => store !== leader);
    const others = replicas.map(({ store }) => store).filter((store) => !rest.includes(store));
    const kept = [leader, ...rest, ...others.filter((store) => store !== leader)];
    return [...kept.filter((store) => store !== lost.store), spare];
  }

  #nonce(): string {
    this.#nonces += 1;
    return `${this.#name}/${this.#nonces}`;
  }
}
