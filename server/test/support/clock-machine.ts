/** A machine whose wall and monotonic clocks are in a test's hands, and a node's clock on it. */
import { type ClockAlarm, NodeClock, type TimeSource } from "../../clock.ts";

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
export const DECADE_MS = 3653 * DAY_MS;
export const T0 = Date.UTC(2026, 6, 1);

export const JUMPS: readonly (readonly [string, number])[] = [
  ["a minute", MINUTE_MS],
  ["two hours", 2 * HOUR_MS],
  ["a day", DAY_MS],
  ["a decade", DECADE_MS],
  ["three decades", 3 * DECADE_MS],
];

/** A machine whose two clocks are in our hands. */
export class Machine implements TimeSource {
  #wallMs: number;
  #monotonicMs = 4711.25;

  constructor(wallMs: number) {
    this.#wallMs = wallMs;
  }

  wallMs(): number {
    return Math.floor(this.#wallMs);
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** Time passes; the wall clock runs at `rate`. */
  pass(ms: number, rate = 1): void {
    this.#monotonicMs += ms;
    this.#wallMs += ms * rate;
  }

  setWallBy(ms: number): void {
    this.#wallMs += ms;
  }
}

export interface Running {
  readonly machine: Machine;
  readonly clock: NodeClock;
  readonly alarms: (ClockAlarm | undefined)[];
}

export function start(
  wallMs: number,
  options: { readonly floorMs?: number; readonly acceptAtStart?: boolean } = {},
): Running {
  const machine = new Machine(wallMs);
  const alarms: (ClockAlarm | undefined)[] = [];
  const clock = new NodeClock(machine, {
    floorMs: options.floorMs ?? 0,
    acceptAtStart: options.acceptAtStart ?? false,
    onAlarm: (alarm) => alarms.push(alarm),
  });
  return { machine, clock, alarms };
}

/** Lets time pass in steps, each with a look at the clock, as turns do: it must never go back. */
export function pass({ machine, clock }: Running, ms: number, stepMs = 10, rate = 1): void {
  let lastMs = clock.nowMs();
  for (let left = ms; left > 0; left -= stepMs) {
    machine.pass(Math.min(left, stepMs), rate);
    const nowMs = clock.nowMs();
    if (nowMs < lastMs) throw new Error(`the clock went back from ${lastMs} to ${nowMs}`);
    lastMs = nowMs;
  }
}
