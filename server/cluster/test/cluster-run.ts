/**
 * A cluster whose etcd, time and nodes are in a test's hands: real controllers with views of their
 * own, and leaders that do with their records what leaders do.
 */
import { expect } from "vitest";
import { ClaimdError } from "../../errors.ts";
import { PARTITIONS } from "../../limits.ts";
import { agreeOnMeta, type ClusterMeta } from "../cluster-meta.ts";
import { foundPartitions } from "../cluster-meta-founding.ts";
import { ClusterView } from "../cluster-view.ts";
import { Controller, DEFAULT_RULES } from "../controller.ts";
import type { Coordinator } from "../coordinator.ts";
import {
  type MisbehaviourRates,
  NO_MISBEHAVIOUR,
  randomMisbehaviour,
} from "../memory-coordinator-misbehaviour.ts";
import { CoordinatorState } from "../memory-coordinator-state.ts";
import type { PartitionRecord } from "../partition-record.ts";
import { encodePartitionRecord } from "../partition-record-format.ts";
import { pause } from "../patience.ts";
import { ClusterWorld } from "./cluster-world.ts";
import { leaderChanges } from "./record-leaders.ts";

/** How often leaders look at their records. */
const LEAD_EVERY_MS = 500;

export const holds = (record: PartitionRecord, store: string): boolean =>
  record.replicas.some((each) => each.store === store);

export class ClusterRun implements AsyncDisposable {
  readonly world: ClusterWorld;
  /** What etcd gets wrong, where there is randomness for it. */
  rates: MisbehaviourRates = NO_MISBEHAVIOUR;
  readonly meta: ClusterMeta;
  /** What somebody must look at, as it was logged. */
  readonly errors: string[] = [];
  /** As leaders see it. */
  readonly view: ClusterView;
  /** How long each transaction of a controller takes. */
  latencyMs = 0;
  /** What controllers send beyond it is lost. */
  transactionsLeft = Infinity;
  /** What a controller that starts can't list. */
  unlisted = "";
  /** The most partitions that had a learner at the same time. */
  mostLearners = 0;
  /** The fewest copies in sync that a partition had. */
  fewestInSync = Infinity;
  readonly #controllers: (Controller | ClusterView)[] = [];
  readonly #boots = new Map<string, number>();
  #nonces = 0;

  constructor(meta: Partial<ClusterMeta> = {}, next?: () => number) {
    this.world = new ClusterWorld(
      next && (() => new CoordinatorState(randomMisbehaviour(next, () => this.rates))),
    );
    this.meta = { replicas: 3, minInSync: 2, maxClockOffsetMs: 0, founder: undefined, ...meta };
    this.view = this.#viewOf(this.world.coordinator, () => undefined);
  }

  /** With controllers on the first two. */
  static async founded(...stores: readonly string[]): Promise<ClusterRun> {
    const run = new ClusterRun();
    await run.start(...stores);
    await run.found();
    run.control(...stores.slice(0, 2));
    return run;
  }

  get records(): readonly PartitionRecord[] {
    return [...this.view.partitions.values()].map(({ record }) => record);
  }

  /** How many partitions it leads. */
  led(store: string): number {
    return this.records.filter(({ leader }) => leader === store).length;
  }

  /** All copies are there, nobody has too much, and nothing is under way. */
  expectSettled(stores: readonly string[]): void {
    const { replicas } = this.meta;
    const fair = (slots: number): number => slots / stores.length;
    const cap = (slots: number): number =>
      Math.max(Math.floor(1.1 * fair(slots)), Math.ceil(fair(slots)));
    for (const record of this.records) {
      expect(record).toMatchObject({ goal: undefined });
      expect(record.inSync).toHaveLength(replicas);
      expect(record.replicas).toHaveLength(replicas);
      for (const { store, role } of record.replicas) {
        expect(role).toBe("VOTER");
        expect(stores).toContain(store);
      }
    }
    for (const store of stores) {
      expect(this.led(store)).toBeLessThanOrEqual(cap(PARTITIONS));
      const held = this.records.filter((record) => holds(record, store)).length;
      expect(held).toBeLessThanOrEqual(cap(PARTITIONS * replicas));
    }
  }

  /** As if it had always been so. */
  async leadAllBy(leader: string): Promise<void> {
    for (const [partition, { record }] of [...this.view.partitions]) {
      const moved = { ...record, leader, epoch: 2, nonce: this.#nonce("moved") };
      await this.world.put(this.world.keys.partition(partition), encodePartitionRecord(moved));
    }
  }

  /** The store's next start. */
  async start(...stores: readonly string[]): Promise<void> {
    for (const store of stores) {
      const boot = (this.#boots.get(store) ?? 0) + 1;
      this.#boots.set(store, boot);
      await this.world.putStore(store, { boot });
      await this.world.putNode(store, store, boot);
    }
  }

  async stop(store: string): Promise<void> {
    await this.world.put(this.world.keys.node(store), "delete");
  }

  async found(): Promise<void> {
    const { world, meta, view } = this;
    const { coordinator, keys, time } = world;
    const patience = { ...world.patience(), coordinator, keys };
    const agreed = { ...patience, settings: meta, bringing: meta.founder };
    await time.until(agreeOnMeta(agreed));
    const monotonicMs = () => time.nowMs();
    await time.until(
      foundPartitions({ ...patience, view, meta, monotonicMs, nonce: () => this.#nonce("f") }),
    );
  }

  /** One on the node of each of these stores. */
  control(...stores: readonly string[]): void {
    const { world, meta } = this;
    const { keys, time } = world;
    for (const store of stores) {
      const coordinator = this.#slow(world.open());
      const wake = (): void => {
        controller.wake();
      };
      const view = this.#viewOf(coordinator, wake);
      const controller = new Controller({
        ...{ coordinator, keys, view, store, timers: time },
        rules: { ...DEFAULT_RULES, replicas: meta.replicas, minInSync: meta.minInSync },
        monotonicMs: () => time.nowMs(),
        nonce: () => this.#nonce(store),
        log: {
          info: () => undefined,
          error: (details, message) => this.errors.push(`${message} ${JSON.stringify(details)}`),
        },
      });
      this.#controllers.push(controller, view);
    }
  }

  /** So much time, in which leaders lead. */
  async pass(ms: number): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs -= LEAD_EVERY_MS) {
      await this.world.time.pass(Math.min(LEAD_EVERY_MS, leftMs));
      const learning = this.records.filter(({ replicas }) =>
        replicas.some(({ role }) => role === "LEARNER"),
      );
      this.mostLearners = Math.max(this.mostLearners, learning.length);
      for (const { inSync } of this.records) {
        this.fewestInSync = Math.min(this.fewestInSync, inSync.length);
      }
      await this.#lead();
    }
  }

  /** Until nothing has been written for longer than any controller waits; how long it took. */
  async rest(mostMs = 20 * 60_000): Promise<number> {
    const startMs = this.world.time.nowMs();
    let quietMs = 0;
    while (quietMs < 20_000) {
      const before = this.world.state.revision;
      await this.pass(1000);
      quietMs = this.world.state.revision === before ? quietMs + 1000 : 0;
      const passedMs = this.world.time.nowMs() - startMs;
      if (passedMs > mostMs) throw new Error(`no rest within ${passedMs} ms`);
    }
    return this.world.time.nowMs() - startMs - quietMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#controllers) {
      if (each instanceof Controller) {
        await this.world.time.until(Promise.resolve(each[Symbol.asyncDispose]()));
      } else each[Symbol.dispose]();
    }
    this.view[Symbol.dispose]();
  }

  async #lead(): Promise<void> {
    const living = (store: string): number | undefined =>
      [...this.view.nodes.values()].find(({ record }) => record.store === store)?.record.boot;
    for (const [partition, { record, revision }] of [...this.view.partitions]) {
      const [next] = leaderChanges(record, living, this.meta.minInSync, this.#nonce("leader"));
      if (next === undefined) continue;
      const key = this.world.keys.partition(partition);
      const value = encodePartitionRecord(next);
      await this.world.coordinator.transact([{ key, revision, value }]);
    }
  }

  #slow(coordinator: Coordinator): Coordinator {
    return {
      read: (key) => coordinator.read(key),
      list: (prefix) => {
        if (prefix !== this.unlisted) return coordinator.list(prefix);
        return Promise.reject(new ClaimdError("COORDINATOR_UNAVAILABLE", "unlisted"));
      },
      transact: async (writes) => {
        if (this.latencyMs > 0) await pause(this.world.time, this.latencyMs);
        this.transactionsLeft -= 1;
        if (this.transactionsLeft < 0) return "unknown";
        return await coordinator.transact(writes);
      },
      watch: (prefix, onChange) => coordinator.watch(prefix, onChange),
      register: (key, value, leaseMs) => coordinator.register(key, value, leaseMs),
      [Symbol.asyncDispose]: () => coordinator[Symbol.asyncDispose](),
    };
  }

  #viewOf(coordinator: Coordinator, onChange: () => void): ClusterView {
    const { keys, time: timers } = this.world;
    return new ClusterView({
      ...{ coordinator, keys, timers, onChange },
      onDamage: (key) => this.errors.push(`damaged: ${key}`),
    });
  }

  #nonce(writer: string): string {
    this.#nonces += 1;
    return `${writer}-${this.#nonces}`;
  }
}
