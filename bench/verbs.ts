/** What the bench can do, in one table: which options each verb takes, and what they are then. */
import type { BenchOptions, OptionName } from "./options.ts";
import { PEER_NAMES } from "./peers/peer-names.ts";
import { CLUSTER_EVENT_NAMES } from "./support/availability-report.ts";
import { CLAIM_SCENARIO_NAMES } from "./scenarios/claim-scenarios.ts";

export interface MeasuringVerb {
  readonly summary: string;
  readonly takes: readonly OptionName[];
  readonly defaults: Partial<BenchOptions>;
}

const OWN_STORE = ["dir", "out", "profile"] as const;
const ANY_INSTALLATION = ["address", "namespace", "token", "ca", "tls", ...OWN_STORE] as const;

/** Those that measure and leave a result. */
export const MEASURING_VERBS = {
  quick: {
    summary: "what `npm run bench` does: unique keys, duplicates, one rate; about a minute",
    takes: ["callers", "seconds", ...ANY_INSTALLATION],
    defaults: { callers: [1, 64, 256, 1024], seconds: 5 },
  },
  claims: {
    summary: "the most claims per second of each scenario (closed loop)",
    takes: ["scenario", "callers", "seconds", ...ANY_INSTALLATION],
    defaults: { scenario: CLAIM_SCENARIO_NAMES, seconds: 5 },
  },
  latency: {
    summary: "latency at given rates, or at rates up to the knee (open loop)",
    takes: ["scenario", "rate", "callers", "seconds", ...ANY_INSTALLATION],
    defaults: { scenario: ["unique"], callers: [1024], seconds: 5 },
  },
  compare: {
    summary: "the same work on every peer that is installed, in turns; 20 minutes",
    takes: ["stores", "callers", "keys", "seconds", "turns", "dir", "out"],
    defaults: { stores: PEER_NAMES, seconds: 5, turns: 5 },
  },
  capacity: {
    summary: "rate, memory, disk, start and dropping against the number of keys; many minutes",
    takes: ["keys", "callers", "seconds", "drop", "dir", "out"],
    defaults: {
      keys: [1_000_000, 5_000_000, 10_000_000],
      callers: [256, 1024],
      seconds: 5,
      drop: 1_000_000,
    },
  },
  cluster: {
    summary: "what replicas and nodes cost, against a single node, in turns; 12 minutes",
    takes: ["callers", "rate", "seconds", "turns", "dir", "out"],
    // For each node of those with one replica.
    defaults: { callers: [64, 1024], rate: [1000, 3000], seconds: 5, turns: 3 },
  },
  "hot-key": {
    summary: "what a key that everybody claims does to a cluster, in turns; 6 minutes",
    takes: ["rate", "seconds", "turns", "dir", "out"],
    // As long as a client keeps an answer: each load has it asked for once more.
    defaults: { rate: [500, 2000], seconds: 10, turns: 3 },
  },
  availability: {
    summary: "what callers notice while a cluster changes hands, restarts or fails; 12 minutes",
    takes: ["events", "hand-overs", "rate", "turns", "dir", "out"],
    defaults: {
      events: CLUSTER_EVENT_NAMES,
      "hand-overs": 50,
      rate: [1000, 10_000],
      turns: 1,
    },
  },
  soak: {
    summary: "a fixed rate for long, with short windows: what drifts, and where it stands still",
    takes: ["minutes", "rate", "share", "callers", "dir", "out"],
    defaults: { minutes: 30, share: 0.5, callers: [1024] },
  },
} as const satisfies Readonly<Record<string, MeasuringVerb>>;

export type MeasuringVerbName = keyof typeof MEASURING_VERBS;

/** Those that only read and write files of results. */
export const FILE_VERBS = {
  show: { summary: "the tables of results", files: "FILE ..." },
  plot: { summary: "draws results as SVG pictures, beside their files", files: "FILE ..." },
  readme: {
    summary: "writes tables and pictures of bench/README.md from its result files",
    files: "",
  },
} as const;

export type FileVerbName = keyof typeof FILE_VERBS;
