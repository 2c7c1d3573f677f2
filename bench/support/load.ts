/**
 * What a generator is asked to do, and what it answers: the messages between the program that
 * measures and the process that loads.
 */
import type { ClaimScenarioName } from "../scenarios/claim-scenarios.ts";
import type { LatencySummary } from "./latencies.ts";
import type { TargetAddress } from "./target.ts";

/** Claims for a time. */
export interface MeasureOrder {
  readonly type: "measure";
  readonly scenario: ClaimScenarioName;
  readonly callers: number;
  /** Nothing at all before: what the load before has left to do must not fall into this one. */
  readonly restMs: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** So many unique keys as fast as the callers get them in. */
export interface FillOrder {
  readonly type: "fill";
  readonly callers: number;
  readonly keys: number;
}

export type LoadOrder = MeasureOrder | FillOrder;

export interface LoadPlan {
  readonly target: TargetAddress;
  /** Whose processor time is counted as the server's. */
  readonly serverPid: number;
  readonly orders: readonly LoadOrder[];
}

export interface Measurement {
  readonly scenario: ClaimScenarioName;
  readonly callers: number;
  readonly seconds: number;
  readonly claims: number;
  readonly claimsPerSecond: number;
  readonly latency: LatencySummary;
  /** Undefined where /proc does not tell. */
  readonly serverCpuMicrosPerClaim: number | undefined;
  readonly clientCpuMicrosPerClaim: number;
  /** Of all keys of this load, warm-up included, each with exactly one winner. */
  readonly keysChecked: number;
}

export interface Filled {
  readonly keys: number;
  readonly seconds: number;
}

/** From a generator, one for each order, in their order. */
export type LoadAnswer =
  | { readonly type: "measured"; readonly measurement: Measurement }
  | { readonly type: "filled"; readonly filled: Filled }
  | { readonly type: "failed"; readonly message: string };
