/**
 * What the seconds of a soak say: whether memory and latency stay as they are, and where it stood
 * still. Pure.
 */
import { median } from "./median.ts";
import type { SoakPoint } from "./soak-report.ts";

/** Medians of the first and of the last third, so that one bad second moves neither. */
export interface Thirds {
  readonly first: number;
  readonly last: number;
}

export interface Drift {
  /** Where the thirds begin: once slices are dropped a store is as large as it will be. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** Undefined where there is no /proc. */
  readonly anonymousBytes: Thirds | undefined;
  readonly recordsDiskBytes: Thirds;
  readonly p50Ms: Thirds;
  readonly p99Ms: Thirds;
}

/** A second in which somebody waited for long, and what the server said at its end. */
export interface Stall {
  readonly atSeconds: number;
  /** The slowest answer of that second. */
  readonly slowestMs: number;
  /** Longest stop of the server's event loop in it. */
  readonly serverMs: number;
  readonly dropping: number;
  readonly overlayRecords: number;
  readonly levelZeroFiles: number;
  readonly utilization: number;
  readonly heapBytes: number;
}

/** Longer than this nobody should wait (DESIGN: no stall over 250 ms, or it is explained). */
export const STALL_MS = 250;

const FEWEST_POINTS = 3;

/** Undefined when there is too little to compare. */
export function driftOf(points: readonly SoakPoint[]): Drift | undefined {
  const firstDrop = points.findIndex(({ dropped }) => dropped > 0);
  const rest = points.slice(Math.max(0, firstDrop));
  // Slices dropped only at the end: then it was growing nearly all the time, and that is told.
  const steady = rest.length >= points.length / 2 ? rest : points;
  const [from] = steady;
  const to = steady.at(-1);
  if (from === undefined || to === undefined || steady.length < FEWEST_POINTS) return undefined;
  const third = Math.floor(steady.length / 3);
  const thirds = (of: (point: SoakPoint) => number): Thirds => ({
    first: median(steady.slice(0, third).map(of)),
    last: median(steady.slice(-third).map(of)),
  });
  const unknown = steady.some(({ anonymousBytes }) => anonymousBytes === undefined);
  return {
    fromSeconds: from.atSeconds,
    toSeconds: to.atSeconds,
    anonymousBytes: unknown ? undefined : thirds(({ anonymousBytes = 0 }) => anonymousBytes),
    recordsDiskBytes: thirds(({ recordsDiskBytes }) => recordsDiskBytes),
    p50Ms: thirds(({ p50Ms }) => p50Ms),
    p99Ms: thirds(({ p99Ms }) => p99Ms),
  };
}

/** Every second as a stall, the longest first: of callers or of the server's loop. */
export function worstFirst(points: readonly SoakPoint[]): readonly Stall[] {
  return points
    .map((point) => ({
      atSeconds: point.atSeconds,
      slowestMs: point.maxMs,
      serverMs: point.stallMs,
      dropping: point.dropping,
      overlayRecords: point.overlayRecords,
      levelZeroFiles: point.levelZeroFiles,
      utilization: point.utilization,
      heapBytes: point.heapBytes,
    }))
    .sort((a, b) => lengthMs(b) - lengthMs(a));
}

export function lengthMs({ slowestMs, serverMs }: Stall): number {
  return Math.max(slowestMs, serverMs);
}

/** At most `most` points: neighbours become one, with the worst of what may get worse. */
export function merged(points: readonly SoakPoint[], most: number): readonly SoakPoint[] {
  const size = Math.ceil(points.length / most);
  if (size <= 1) return points;
  const groups = Array.from({ length: Math.ceil(points.length / size) }, (_, at) =>
    points.slice(at * size, (at + 1) * size),
  );
  return groups.flatMap((group) => {
    const last = group.at(-1);
    return last === undefined ? [] : [mergedOne(group, last)];
  });
}

function mergedOne(group: readonly SoakPoint[], last: SoakPoint): SoakPoint {
  const most = (of: (point: SoakPoint) => number): number => Math.max(...group.map(of));
  const rates = group.map(({ claimsPerSecond }) => claimsPerSecond);
  return {
    ...last,
    claimsPerSecond: Math.round(rates.reduce((sum, rate) => sum + rate, 0) / group.length),
    p50Ms: median(group.map(({ p50Ms }) => p50Ms)),
    p99Ms: most(({ p99Ms }) => p99Ms),
    maxMs: most(({ maxMs }) => maxMs),
    anonymousBytes:
      last.anonymousBytes === undefined
        ? undefined
        : most(({ anonymousBytes = 0 }) => anonymousBytes),
    dropping: most(({ dropping }) => dropping),
    overlayRecords: most(({ overlayRecords }) => overlayRecords),
    levelZeroFiles: most(({ levelZeroFiles }) => levelZeroFiles),
    stallMs: most(({ stallMs }) => stallMs),
    utilization: most(({ utilization }) => utilization),
  };
}
