/**
 * What a generator is asked to do, and what it answers: the messages between the program that
 * measures and the process that loads.
 */
import type { ClaimScenarioName } from "../scenarios/claim-scenarios.ts";
import type { KeyRun } from "./key-text.ts";
import type { LatencySummary, Percentiles } from "./latencies.ts";
import type { TargetAddress } from "./target.ts";

/** What the scenario does not say of the keys. */
export interface KeyLimits {
  /** Those of a run that was there before, whose key 0 has had its winner. Default: a new run's. */
  readonly known?: KeyRun;
  /** Only those in a partition of a cluster, or only those elsewhere. */
  readonly partition?: PartitionLimit;
}

export interface PartitionLimit {
  readonly namespace: string;
  readonly number: number;
  readonly isIn: boolean;
}

/** A closed loop: each caller asks again as soon as it was answered. */
export interface MeasureOrder extends KeyLimits {
  readonly type: "measure";
  readonly scenario: ClaimScenarioName;
  readonly callers: number;
  /** Nothing at all before: what the load before has left to do must not fall into this one. */
  readonly restMs: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** One point a second is kept, and told as it comes. */
  readonly timeline?: boolean;
}

/** An open loop: asks at a rate, whether or not what was asked before is answered. */
export interface OpenOrder extends KeyLimits {
  readonly type: "open";
  readonly scenario: ClaimScenarioName;
  /** Asks; for scenarios with several claims an ask, claims are as many times more. */
  readonly ratePerSecond: number;
  readonly restMs: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly timeline?: boolean;
}

/** So many unique keys as fast as the callers get them in. */
export interface FillOrder {
  readonly type: "fill";
  readonly callers: number;
  readonly keys: number;
  readonly timeline?: boolean;
}

export type MeasuringOrder = MeasureOrder | OpenOrder;
export type LoadOrder = MeasuringOrder | FillOrder;

export interface LoadPlan {
  readonly target: TargetAddress;
  /** Whose processor time is counted as the server's; undefined = nobody's that is known here. */
  readonly serverPids: readonly number[];
  readonly orders: readonly LoadOrder[];
}

/** A second of a load, told at its end. Latencies are those of what was answered in it. */
export interface TimelinePoint {
  /** The end of that second, from the beginning of measuring. */
  readonly atSeconds: number;
  readonly claimsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

interface Measured {
  readonly scenario: ClaimScenarioName;
  readonly seconds: number;
  readonly claims: number;
  readonly claimsPerSecond: number;
  /** Of an ask: the scenario says what that is where it is not one claim. */
  readonly latency: LatencySummary;
  readonly percentiles: Percentiles;
  /** Undefined where /proc does not tell, or where the server is not of this machine. */
  readonly serverCpuMicrosPerClaim: number | undefined;
  readonly clientCpuMicrosPerClaim: number;
  /** Share of the time in which the generator's event loop was at work, 0 to 1. */
  readonly generatorUtilization: number;
  /** Of all keys of this load, warm-up included, each with exactly one winner. */
  readonly keysChecked: number;
  readonly timeline?: readonly TimelinePoint[];
}

export interface ClosedMeasurement extends Measured {
  readonly loop: "closed";
  readonly callers: number;
}

/** Latencies count from the moment at which an ask was due, not from when it was sent. */
export interface OpenMeasurement extends Measured {
  readonly loop: "open";
  readonly offeredPerSecond: number;
  /** Answered while measuring; the same as `claimsPerSecond`. */
  readonly achievedPerSecond: number;
  /** Asks that left later than 10 ms after they were due. */
  readonly lateStarts: number;
  /** The generator could not keep its own schedule: this is its limit, not the store's. */
  readonly saturated: boolean;
  /** Asks without an answer: refused for want of room, or not answered within the time. */
  readonly unanswered: number;
}

export type Measurement = ClosedMeasurement | OpenMeasurement;
export type MeasurementOf<O extends MeasuringOrder> = O extends MeasureOrder
  ? ClosedMeasurement
  : OpenMeasurement;

export interface Filled {
  readonly keys: number;
  readonly seconds: number;
  readonly timeline?: readonly TimelinePoint[];
}

/** To a generator: what to load first, then orders, the next when the last is answered. */
export type ToGenerator =
  | ({ readonly type: "begin" } & Omit<LoadPlan, "orders">)
  | { readonly type: "order"; readonly order: LoadOrder }
  | { readonly type: "end" };

/** From a generator: one for each order, and before it the seconds of those with a timeline. */
export type LoadAnswer =
  | { readonly type: "measured"; readonly measurement: Measurement }
  | { readonly type: "filled"; readonly filled: Filled }
  | { readonly type: "second"; readonly point: TimelinePoint }
  | { readonly type: "failed"; readonly message: string };
