/** What the looks mean, in a row above the plot (in several where one is too short). */
import { lookOf } from "./marks.ts";
import { FONT_SIZES } from "./palette.ts";
import type { Level, Panel, Series } from "./panel.ts";
import { sample } from "./panel-drawing.ts";
import { element, text } from "./svg.ts";
import { fitted, textWidth } from "./text-width.ts";

interface Entry {
  readonly name: string;
  /** Its sample, 24 pixels from x on, at the height y. */
  readonly sample: (x: number, y: number) => string;
}

const SAMPLE = 24;
const GAP = 6;
const BETWEEN = 20;
const LEGEND_LINE = 20;

/**
 * Each name once, however many panels use it. Series stand here only where they aren't named
 * beside their lines.
 */
export function legendEntries(panels: readonly Panel[], named: boolean): readonly Entry[] {
  const entries = panels.flatMap((panel) => [
    ...(named ? [] : panel.series.map(seriesEntry).filter(({ name }) => name !== "")),
    ...(panel.levels ?? []).map(levelEntry),
    ...hollowEntry(panel),
    ...bandEntry(panel),
  ]);
  return [...new Map(entries.map((entry) => [entry.name, entry])).values()];
}

function seriesEntry(series: Series, index: number): Entry {
  const look = lookOf(series.look ?? index, series.dashed);
  return { name: series.name, sample: (x, y) => sample(series, look, x, y, SAMPLE) };
}

function levelEntry({ kind }: Level): Entry {
  const sample = (x: number, y: number): string =>
    element("line", { class: `level ${kind}`, x1: x, y1: y, x2: x + SAMPLE, y2: y });
  return { name: kind, sample };
}

function hollowEntry({ hollowMeans, series }: Panel): readonly Entry[] {
  const used = series.some(({ points, hollow }) => hollow !== undefined && points.some(hollow));
  if (hollowMeans === undefined || !used) return [];
  const sample = (x: number, y: number): string =>
    element("circle", { class: "hollow plain", cx: x + SAMPLE / 2, cy: y, r: 4 });
  return [{ name: hollowMeans, sample }];
}

function bandEntry({ bands }: Panel): readonly Entry[] {
  if (bands === undefined || bands.stretches.length === 0) return [];
  const { kind, name } = bands;
  const sample = (x: number, y: number): string =>
    element("rect", { class: kind, x: x + 4, y: y - 6, width: SAMPLE - 8, height: 12 });
  return [{ name, sample }];
}

export interface Legend {
  readonly height: number;
  draw(x: number): string;
}

interface PlacedEntry {
  readonly entry: Entry;
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

export function legendOf(entries: readonly Entry[], width: number, top: number): Legend {
  const size = FONT_SIZES.text;
  const placed: PlacedEntry[] = [];
  let x = 0;
  let row = 0;
  for (const entry of entries) {
    const name = fitted(entry.name, size, width - SAMPLE - GAP);
    const needed = SAMPLE + GAP + textWidth(name, size);
    if (x > 0 && x + needed > width) {
      x = 0;
      row++;
    }
    placed.push({ entry, name, x, y: top + (row + 0.5) * LEGEND_LINE });
    x += needed + BETWEEN;
  }
  const draw = (left: number): string =>
    placed
      .flatMap(({ entry, name, x: at, y }) => [
        entry.sample(left + at, y),
        text(name, { x: left + at + SAMPLE + GAP, y: y + 4 }),
      ])
      .join("");
  return { height: entries.length === 0 ? 0 : (row + 1) * LEGEND_LINE, draw };
}
