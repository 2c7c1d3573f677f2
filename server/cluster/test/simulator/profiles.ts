/** What goes wrong in a run, how often, and on which cluster. One row for each kind of trouble. */
import type { CoordinatorNoise } from "./coordinator.ts";
import type { FaultName } from "./faults.ts";
import type { NetworkNoise } from "./network.ts";

export interface Profile {
  readonly stores: number;
  /** Of the first record; the others are there to be moved to. */
  readonly replicas: number;
  /** How often in a run, on average. */
  readonly faults: Partial<Readonly<Record<FaultName, number>>>;
  /** At its worst; every run and every moment has some share of it. */
  readonly network: NetworkNoise;
  readonly coordinator: CoordinatorNoise;
  /** How long a sync takes. */
  readonly syncMs: readonly [least: number, most: number];
  readonly maxClockOffsetMs: number;
  readonly minInSync: number;
  readonly clients: number;
  /** Shares of the jobs that look at a key, or forget it, instead of claiming it. */
  readonly gets: number;
  readonly forgets: number;
}

const SOME_LOSS: NetworkNoise = { lost: 0.02, twice: 0.02, late: 0.03, latestMs: 200 };
const MUCH_LOSS: NetworkNoise = { lost: 0.2, twice: 0.1, late: 0.2, latestMs: 500 };
const SOME_DOUBT: CoordinatorNoise = {
  lost: 0.02,
  replyLost: 0.03,
  late: 0.02,
  stale: 0.05,
  missed: 0.05,
};
const MUCH_DOUBT: CoordinatorNoise = {
  lost: 0.15,
  replyLost: 0.25,
  late: 0.3,
  stale: 0.3,
  missed: 0.4,
};

const THREE = {
  stores: 3,
  replicas: 3,
  network: SOME_LOSS,
  coordinator: SOME_DOUBT,
  syncMs: [0.3, 3],
  maxClockOffsetMs: 20,
  minInSync: 2,
  clients: 3,
  gets: 0.12,
  forgets: 0.06,
} as const;

export const PROFILES = {
  calm: { ...THREE, faults: {} },
  crashes: { ...THREE, faults: { crash: 6, crashAll: 0.4, pause: 1 } },
  partitions: {
    ...THREE,
    faults: { isolate: 4, cut: 4, pause: 3, crash: 1 },
    network: MUCH_LOSS,
  },
  coordinator: {
    ...THREE,
    faults: { unreachable: 3, outage: 2, crash: 3, isolate: 2 },
    coordinator: MUCH_DOUBT,
  },
  disks: {
    ...THREE,
    stores: 4,
    faults: {
      stall: 3,
      breakSync: 3,
      destroy: 0.4,
      rollBack: 0.4,
      copy: 0.4,
      crash: 3,
      isolate: 1,
    },
  },
  /** One process per volume, and nothing else to be safe by. */
  single: { ...THREE, stores: 1, replicas: 1, minInSync: 1, faults: { crash: 6, pause: 2 } },
  /** A set of one may grant: whoever was dropped must not come back by itself. */
  pair: {
    ...THREE,
    stores: 2,
    replicas: 2,
    minInSync: 1,
    faults: { crash: 4, pause: 2, isolate: 3, unreachable: 2, handOver: 4 },
    coordinator: MUCH_DOUBT,
  },
  /** Members leave and come back before they have heard that they were let go. */
  returns: {
    ...THREE,
    stores: 4,
    faults: { move: 25, unreachable: 5, isolate: 3, crash: 2 },
  },
  /** Much is not yet on disk when a store ends. */
  slowDisks: { ...THREE, faults: { crash: 10, crashAll: 0.5, pause: 1 }, syncMs: [1, 60] },
  clocks: {
    ...THREE,
    stores: 4,
    faults: { jump: 25, crash: 2, move: 10, isolate: 1 },
    maxClockOffsetMs: 60,
  },
  /** Whoever looks at a key twice asks two clocks. */
  watchers: {
    ...THREE,
    faults: { jump: 40, crash: 1, handOver: 40 },
    maxClockOffsetMs: 150,
    clients: 12,
    gets: 0.9,
    forgets: 0.01,
  },
  moves: {
    ...THREE,
    stores: 5,
    faults: { move: 6, crash: 2, isolate: 2, pause: 1, unreachable: 1 },
  },
  /** Leaders follow each other quickly, and what they said arrives long after. */
  rivals: {
    ...THREE,
    faults: { move: 10, handOver: 20, pause: 4, isolate: 3, crash: 2 },
    network: { lost: 0.05, twice: 0.2, late: 0.5, latestMs: 1000 },
  },
  /** What an earlier run was told arrives at the next one. */
  powerCuts: {
    ...THREE,
    faults: { crashAll: 5, crash: 3, isolate: 1 },
    network: { lost: 0.02, twice: 0.3, late: 0.5, latestMs: 500 },
    syncMs: [1, 40],
  },
  /** Leaders that do not know that they are deposed, and callers who ask them. */
  deposed: { ...THREE, faults: { depose: 4, cut: 1 }, clients: 8, gets: 0.3, forgets: 0.12 },
  /** Members come and go, and nobody knows what became of it. */
  doubt: {
    ...THREE,
    stores: 5,
    replicas: 5,
    faults: { crash: 8, stall: 5, unreachable: 2, cut: 2 },
    coordinator: { lost: 0.3, replyLost: 0.5, late: 0.6, stale: 0.3, missed: 0.6 },
  },
  /** Stores stop in an orderly way, or say so. */
  departures: {
    ...THREE,
    faults: { leave: 12, handOver: 12, isolate: 2, pause: 2, crash: 2, unreachable: 2 },
    network: { lost: 0.05, twice: 0.2, late: 0.4, latestMs: 500 },
  },
  /** One of the clocks is not what the others rely on. */
  brokenClock: { ...THREE, faults: { breakClock: 4, handOver: 5, crash: 5 } },
  everything: {
    ...THREE,
    stores: 5,
    faults: {
      crash: 3,
      crashAll: 0.2,
      pause: 2,
      isolate: 2,
      cut: 2,
      unreachable: 2,
      outage: 1,
      stall: 1,
      breakSync: 1,
      destroy: 0.2,
      rollBack: 0.2,
      copy: 0.2,
      jump: 3,
      move: 3,
    },
    network: MUCH_LOSS,
    coordinator: MUCH_DOUBT,
  },
} satisfies Record<string, Profile>;

export type ProfileName = keyof typeof PROFILES;
