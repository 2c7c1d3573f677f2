/**
 * The catalogue of loads: which keys are asked for and what asking means. What an ask does is in
 * support/work.ts; everything else of a load is the same for all of them.
 */
import {
  everyKeyInARow,
  everyKeyOnce,
  type KeyChoice,
  mostlyKnown,
  oneKey,
  someKeysTwice,
} from "./key-choice.ts";
import { scrambledZipf } from "./scrambled-zipf.ts";

/** What one ask is. Only "claim" is what every store can do; the others are claimd's. */
export type Ask = "claim" | "settle" | "mixed" | "wait" | "batch" | "unary";

export interface ClaimScenario {
  readonly title: string;
  readonly ask: Ask;
  /** What is asked at once and timed as one. */
  readonly claimsPerAsk: number;
  /** Numbers of callers that show something, where none are asked for. */
  readonly callers: readonly number[];
  /** `random` gives numbers from 0 to below 1. */
  readonly choose: (random: () => number) => KeyChoice;
  /** Needs a server of its own, with a certificate. */
  readonly tls?: true;
}

const CALLERS = [1, 64, 256, 1024];
/** Of a thousand claims each these are as much as the client queues. */
const BATCHING_CALLERS = [1, 8, 64];
const ZIPF_KEYS = 1_000_000;
/** A claimant and its duplicates. */
const ASKED_AT_ONCE = 4;

const unique = {
  title: "every key once",
  ask: "claim",
  claimsPerAsk: 1,
  callers: CALLERS,
  choose: () => everyKeyOnce(),
} as const;

const duplicates = (inWords: string, twoOf: number) =>
  ({
    ...unique,
    title:
      `one claim in ${inWords} repeats a key, half of them at once and ` +
      "half 10,000 claims later",
    choose: () => someKeysTwice(twoOf),
  }) as const;

const batch = (size: number) =>
  ({
    title:
      `every key once, ${size.toLocaleString("en-US")} in one explicit batch; ` +
      "latency is the batch's",
    ask: "batch",
    claimsPerAsk: size,
    callers: BATCHING_CALLERS,
    choose: () => everyKeyOnce(size),
  }) as const;

export const CLAIM_SCENARIOS = {
  unique,
  "duplicates-1": duplicates("a hundred", 200),
  "duplicates-10": duplicates("ten", 20),
  "duplicates-50": duplicates("two", 4),
  known: {
    ...unique,
    title:
      "one claim in fifty is of a new key, the others repeat one of the last 10,000, by chance",
    choose: (random: () => number) => mostlyKnown(50, random),
  },
  zipf: {
    ...unique,
    title: "a million keys, popular as Zipf's law has it with 0.99, scrambled as in YCSB",
    choose: (random: () => number) => scrambledZipf(ZIPF_KEYS, random),
  },
  "hot-key": { ...unique, title: "everybody asks for the same key", choose: oneKey },
  settle: {
    ...unique,
    title: "claim, then complete with 1 KiB: latency is of both, claims/s counts such pairs",
    ask: "settle",
  },
  mixed: {
    title:
      "four namespaces that differ in window, lease and fingerprints, one claim in ten repeated",
    ask: "mixed",
    claimsPerAsk: 1,
    callers: CALLERS,
    choose: () => someKeysTwice(20),
  },
  wait: {
    title:
      "four ask for each key: one works 5 ms and completes, the others wait and get its result; " +
      "latency is from the claim to the result",
    ask: "wait",
    claimsPerAsk: 1,
    callers: [64, 256, 1024],
    choose: () => everyKeyInARow(ASKED_AT_ONCE),
  },
  "batch-1": batch(1),
  "batch-10": batch(10),
  "batch-100": batch(100),
  "batch-1000": batch(1000),
  unary: {
    ...unique,
    title: "every key once, a unary call each: what any gRPC client does without the SDK's Session",
    ask: "unary",
  },
  tls: { ...unique, title: "every key once, over TLS", tls: true },
} as const satisfies Readonly<Record<string, ClaimScenario>>;

export type ClaimScenarioName = keyof typeof CLAIM_SCENARIOS;
export const CLAIM_SCENARIO_NAMES = Object.keys(CLAIM_SCENARIOS) as readonly ClaimScenarioName[];

export function scenarioNamed(name: ClaimScenarioName): ClaimScenario {
  return CLAIM_SCENARIOS[name];
}

/** What a client queues; beyond it a claim is refused. */
const MOST_CLAIMS_AT_ONCE = 65_536;

/** Whether so many callers of the scenario ask for no more than the client queues. */
export function fitsClient(name: ClaimScenarioName, callers: number): boolean {
  return callers * scenarioNamed(name).claimsPerAsk <= MOST_CLAIMS_AT_ONCE;
}
