/**
 * What turns say together: medians over the turns and the ratio of claimd to the better of its
 * rivals.
 *
 * The better of Redis's two settings counts at each number of callers, so that claimd is never held
 * against a rival's weaker side. The spread is that of the turns' own ratios.
 */
import type { ClosedMeasurement } from "./load.ts";
import { median } from "./median.ts";
import type { StoreName, Turn } from "./report.ts";

export interface Compared {
  readonly callers: number;
  readonly claimd: Middle;
  readonly rival: Middle & { readonly store: StoreName };
  /** Claims per second of claimd by those of the rival. */
  readonly ratio: number;
  readonly lowestRatio: number;
  readonly highestRatio: number;
  readonly turns: number;
}

export interface Middle {
  readonly claimsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly serverCpuMicros: number;
  readonly clientCpuMicros: number;
}

export function compare(turns: readonly Turn[]): Compared[] {
  const callers = new Set(turns.flatMap((turn) => turn.measurements.map((each) => each.callers)));
  return [...callers].flatMap((each) => {
    const own = measurementsOf(turns, "claimd", each);
    const rival = (["redis-auto", "redis-plain"] as const)
      .map((store) => ({ store, measured: measurementsOf(turns, store, each) }))
      .filter(({ measured }) => measured.length > 0)
      .sort((a, b) => middle(b.measured).claimsPerSecond - middle(a.measured).claimsPerSecond)[0];
    if (own.length === 0 || rival === undefined) return [];
    const ratios = own.flatMap((measured, turn) => {
      const against = rival.measured[turn];
      return against === undefined ? [] : [measured.claimsPerSecond / against.claimsPerSecond];
    });
    const claimd = middle(own);
    const against = { store: rival.store, ...middle(rival.measured) };
    return [
      {
        callers: each,
        claimd,
        rival: against,
        ratio: claimd.claimsPerSecond / against.claimsPerSecond,
        lowestRatio: Math.min(...ratios),
        highestRatio: Math.max(...ratios),
        turns: ratios.length,
      },
    ];
  });
}

function measurementsOf(
  turns: readonly Turn[],
  store: StoreName,
  callers: number,
): readonly ClosedMeasurement[] {
  return turns
    .filter((turn) => turn.store === store)
    .flatMap((turn) => turn.measurements.filter((each) => each.callers === callers));
}

function middle(measured: readonly ClosedMeasurement[]): Middle {
  const of = (value: (each: ClosedMeasurement) => number): number => median(measured.map(value));
  return {
    claimsPerSecond: of((each) => each.claimsPerSecond),
    p50Ms: of((each) => each.latency.p50Ms),
    p99Ms: of((each) => each.latency.p99Ms),
    serverCpuMicros: of((each) => each.serverCpuMicrosPerClaim ?? Number.NaN),
    clientCpuMicros: of((each) => each.clientCpuMicrosPerClaim),
  };
}
