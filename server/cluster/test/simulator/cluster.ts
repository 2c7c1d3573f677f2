/** A cluster with its callers, put together for one run, and what troubles and heals it. */
import type { Policy } from "../../../storage/policy.ts";
import type { ReplicaRules } from "../../core/replica-state.ts";
import type { PartitionRecord } from "../../partition-record.ts";
import { ClaimHistory } from "./claim-history.ts";
import { Client } from "./client.ts";
import { Controller } from "./controller.ts";
import { Coordinator, QUIET_COORDINATOR } from "./coordinator.ts";
import { FAULTS, type FaultName } from "./faults.ts";
import { Network, QUIET_NETWORK } from "./network.ts";
import type { Profile } from "./profiles.ts";
import { Promises } from "./promises.ts";
import { Store } from "./store.ts";
import type { Surroundings } from "./surroundings.ts";
import type { World } from "./world.ts";

const CONTROLLERS = 2;
/** How often the noise changes. */
const WEATHER_MS = 250;

const RULES = { slowMs: 150, heartbeatMs: 40, appendEntries: 3 };

const POLICY: Policy = {
  name: "n",
  revision: 1,
  windowMs: 500,
  maxWindowMs: 500,
  leaseMs: 100,
  maxLeaseMs: 100,
  maxWaitMs: 0,
  onLeaseExpiry: "RECLAIM",
  maxAttempts: 0,
  fingerprint: "OFF",
  resultMaxBytes: 0,
  forgetOnComplete: false,
  observe: false,
  paused: false,
  quota: { claimsPerSecond: 0, records: 0, bytes: 0, waiting: 0 },
};

export class Cluster implements Surroundings {
  readonly world: World;
  readonly network: Network;
  readonly coordinator: Coordinator;
  readonly promises: Promises;
  readonly stores = new Map<string, Store>();
  readonly rules: ReplicaRules;
  readonly syncMs: readonly [least: number, most: number];
  readonly gets: number;
  readonly forgets: number;
  readonly policy = POLICY;
  readonly replicas: number;
  readonly controllers: readonly Controller[];
  readonly clients: readonly Client[];
  readonly history: ClaimHistory;
  readonly #profile: Profile;

  constructor(world: World, profile: Profile) {
    this.world = world;
    this.#profile = profile;
    this.replicas = profile.replicas;
    const { maxClockOffsetMs, minInSync } = profile;
    this.rules = { ...RULES, maxClockOffsetMs, minInSync };
    this.syncMs = profile.syncMs;
    this.gets = profile.gets;
    this.forgets = profile.forgets;
    this.network = new Network(world);
    const ids = Array.from({ length: profile.stores }, (_, at) => `s${at + 1}`);
    const first = firstRecord(ids.slice(0, profile.replicas));
    this.promises = new Promises(world, minInSync, this.stores, first);
    this.coordinator = new Coordinator(world, first, (...change) =>
      this.promises.changed(...change),
    );
    for (const id of ids) this.stores.set(id, new Store(this, id));
    this.history = new ClaimHistory(world);
    this.clients = Array.from(
      { length: profile.clients },
      (_, at) => new Client(this, at, this.history),
    );
    this.controllers = Array.from(
      { length: CONTROLLERS },
      (_, at) => new Controller(this, `controller-${at}`, profile.replicas),
    );
  }

  get isAnyLost(): boolean {
    return [...this.stores.values()].some(({ isLost }) => isLost);
  }

  /** Whether any one store may be down, and the others still serve. */
  get canSpareOne(): boolean {
    return this.rules.minInSync > 1 && !this.isAnyLost && !this.wasAnyClockBroken;
  }

  get wasAnyClockBroken(): boolean {
    return [...this.stores.values()].some(({ clock }) => clock.wasBroken);
  }

  /** A store that runs; undefined = none. */
  readonly pick = (): Store | undefined => {
    const running = [...this.stores.values()].filter(({ isRunning }) => isRunning);
    return running.length === 0 ? undefined : this.world.random.pick(running);
  };

  /** Callers begin nothing new after `callsUntilMs`. */
  start(callsUntilMs: number): void {
    for (const store of this.stores.values()) store.start();
    for (const controller of this.controllers) controller.start();
    for (const client of this.clients) client.start(callsUntilMs);
  }

  /** All the faults of the profile, at random times until then. */
  trouble(untilMs: number): void {
    const { random } = this.world;
    for (const [name, times] of Object.entries(this.#profile.faults)) {
      const count = Math.floor(2 * times * random.next() + random.next());
      for (let at = 0; at < count; at++) {
        this.world.after(this.world.between(20, untilMs), () => FAULTS[name as FaultName](this));
      }
    }
    this.#changeWeather(untilMs);
  }

  /** Everything works again, but for what is lost, and one store if `down` says so. */
  heal(down: Store | undefined): void {
    this.world.trace(() => `all is well again${down === undefined ? "" : ` but for ${down.id}`}`);
    this.network.noise = QUIET_NETWORK;
    this.network.mendAll();
    this.coordinator.noise = QUIET_COORDINATOR;
    this.coordinator.isOut = false;
    this.coordinator.unreachableFor.clear();
    for (const store of this.stores.values()) {
      store.disk.stalledUntilMs = 0;
      store.disk.isBroken = false;
      store.resume();
      if (store !== down) store.start();
    }
    down?.crash(Infinity);
  }

  /** Another store for one whose disk is gone. */
  replace({ id }: Store): void {
    const store = new Store(this, `${id}n`);
    this.stores.set(store.id, store);
    store.start();
  }

  #changeWeather(untilMs: number): void {
    const { world } = this;
    if (world.nowMs >= untilMs) return;
    const share = (): number => (world.random.chance(0.3) ? 0 : world.random.next());
    this.network.noise = scaled(this.#profile.network, share());
    this.coordinator.noise = scaled(this.#profile.coordinator, share());
    world.after(WEATHER_MS, () => this.#changeWeather(untilMs));
  }
}

function scaled<T extends object>(noise: T, share: number): T {
  const entries = Object.entries(noise).map(([name, value]) => [name, Number(value) * share]);
  return Object.fromEntries(entries) as T;
}

function firstRecord(stores: readonly string[]): PartitionRecord {
  return {
    epoch: 1,
    leader: stores[0] ?? "",
    leaderBoot: 1,
    inSync: stores.map((store) => ({ store, boot: 1 })),
    replicas: stores.map((store, at) => ({ store, join: at + 1, role: "VOTER" })),
    joins: stores.length,
    goal: undefined,
    frozen: false,
    nonce: "founder/1",
  };
}
