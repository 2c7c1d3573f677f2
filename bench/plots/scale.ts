/**
 * From values to pixels: what an axis shows, where its ticks stand and how they read.
 *
 * Nothing that was measured falls outside of its axis; what a logarithm can't show (0, negative)
 * and what is no number has no place on it, and `shows` says so.
 */
import { linearTicks, logEnds, logMinors, logTicks, timeTicks } from "./ticks.ts";

export interface Axis {
  readonly label: string;
  /** `nines`: percentiles, as far apart as their distance to 100 has decades. */
  readonly scale: "linear" | "log" | "time" | "nines";
  /** A value as it reads at a tick, with its unit. */
  readonly text: (value: number) => string;
  /** Where the ticks stand instead of at round numbers: the values that were measured. */
  readonly at?: readonly number[];
  /** To be seen whatever was measured: 0, a floor, a goal. */
  readonly include?: readonly number[];
}

export interface Tick {
  readonly at: number;
  readonly text: string;
}

export interface Scale {
  readonly axis: Axis;
  readonly ticks: readonly Tick[];
  /** Finer lines without a text, in pixels. */
  readonly minors: readonly number[];
  shows(value: number): boolean;
  at(value: number): number;
}

/** Room at both ends where the ticks are what was measured, so that no mark sits on the frame. */
const PADDING = 0.05;
/** In pixels: two finer lines. */
const NEAREST = 2;

export function scaleOf(
  axis: Axis,
  values: readonly number[],
  from: number,
  to: number,
  wanted?: number,
): Scale {
  const { place, shows } = PLACES[axis.scale];
  const all = [...values, ...(axis.include ?? []), ...(axis.at ?? [])].filter(shows);
  const low = all.reduce((least, each) => Math.min(least, each), all[0] ?? 1);
  const high = all.reduce((most, each) => Math.max(most, each), all[0] ?? 1);
  const { ends, ticks, minors } = marksOf(axis, low, high, wanted);
  const first = place(ends[0]);
  const last = place(ends[1]);
  const padding = axis.at === undefined ? 0 : last === first ? 0.5 : (last - first) * PADDING;
  const span = last - first + 2 * padding;
  const at = (value: number): number =>
    from + ((place(value) - first + padding) / span) * (to - from);
  return {
    axis,
    ticks: ticks.map((each) => ({ at: at(each), text: axis.text(each) })),
    minors: apart(minors.map(at)),
    shows,
    at,
  };
}

/** Lines so near to each other that they would be a grey surface are left out, all of them. */
function apart(lines: readonly number[]): readonly number[] {
  const near = lines.some((each, index) => Math.abs(each - (lines[index - 1] ?? -99)) < NEAREST);
  return near ? [] : lines;
}

interface Marks {
  readonly ends: readonly [number, number];
  readonly ticks: readonly number[];
  readonly minors: readonly number[];
}

function marksOf(axis: Axis, low: number, high: number, wanted: number | undefined): Marks {
  if (axis.at !== undefined) {
    const ticks = [...new Set(axis.at)].sort((a, b) => a - b);
    return { ends: [low, high], ticks, minors: [] };
  }
  switch (axis.scale) {
    case "linear": {
      const ticks = linearTicks(low, high, wanted);
      return { ends: [ticks[0] ?? low, ticks.at(-1) ?? high], ticks, minors: [] };
    }
    case "log": {
      const ends = logEnds(low, high);
      return { ends, ticks: logTicks(low, high), minors: logMinors(...ends) };
    }
    case "time":
      return { ends: [0, Math.max(high, 1)], ticks: timeTicks(Math.max(high, 1)), minors: [] };
    case "nines":
      return { ends: [0, 100], ticks: NINES, minors: [75, 95, 99.5, 99.95] };
  }
}

const NINES = [50, 90, 99, 99.9, 99.99, 100];
/** Where 100 stands, which has no logarithm: most of a decade behind 99.99. */
const ALL_NINES = 4.75;

interface Place {
  readonly place: (value: number) => number;
  readonly shows: (value: number) => boolean;
}

const PLACES: Readonly<Record<Axis["scale"], Place>> = {
  linear: { place: (value) => value, shows: Number.isFinite },
  time: { place: (value) => value, shows: (value) => Number.isFinite(value) && value >= 0 },
  log: { place: Math.log2, shows: (value) => Number.isFinite(value) && value > 0 },
  nines: {
    place: (value) => Math.min(-Math.log10(1 - value / 100), ALL_NINES),
    shows: (value) => value >= 0 && value <= 100,
  },
};
