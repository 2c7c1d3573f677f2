/**
 * Where everything of a picture stands: from top to bottom title, subtitle, legend, rows of panels
 * and the lines about the source.
 *
 * Names stand beside the ends of their lines where these end at the right and have room, else in
 * the legend; there too where the panels of a grid have all the same. Plots of a column have the
 * same left and right edge, so that a moment or a number of keys is at the same place in all of
 * them.
 */
import { type Legend, legendEntries, legendOf } from "./legend.ts";
import { FONT_SIZES } from "./palette.ts";
import type { Panel, Plot } from "./panel.ts";
import { LINE_HEIGHT, NAME_INDENT } from "./panel-drawing.ts";
import { type Scale, scaleOf } from "./scale.ts";
import { fitted, textWidth, wrapped } from "./text-width.ts";

export interface PanelChart {
  readonly title: string;
  readonly subtitle?: string | undefined;
  /** Underneath, a line each: machine, commit, date, command. */
  readonly source?: readonly string[] | undefined;
  readonly panels: readonly Panel[];
  readonly columns: number;
  /** Of each panel's plot, without its texts. */
  readonly plotHeight: number;
}

export interface PlacedLine {
  readonly line: string;
  readonly y: number;
}

export interface Layout {
  readonly height: number;
  readonly subtitle: readonly PlacedLine[];
  readonly legend: Legend;
  readonly plots: readonly Plot[];
  readonly source: readonly PlacedLine[];
}

export const WIDTH = 800;
const TITLE_BOTTOM = 42;
const SUBTITLE_LINE = 18;
const SOURCE_LINE = 15;
/** Above a plot: its heading. Below: the ticks' texts, and the axis's name where it has one. */
const HEAD = 32;
const TICK_TEXTS = 24;
const AXIS_NAME = 20;
const COLUMN_GAP = 24;
/** Beside a plot where no names are and the last tick's text is short. */
const MARGIN = 12;
/** Lines that end left of this share of the plot are named in the legend. */
const FAR_RIGHT = 0.8;
/** No name beside a line is wider. */
const WIDEST_NAME = 190;
/** So far apart are ticks at round numbers, about. */
const TICK_DISTANCES = { x: 90, y: 38 };

export function layout(chart: PanelChart, edge: number): Layout {
  const { panels, columns, plotHeight } = chart;
  const inner = WIDTH - 2 * edge;
  const subtitle = wrapped(chart.subtitle ?? "", FONT_SIZES.subtitle, inner).map((line, index) => ({
    line,
    y: TITLE_BOTTOM + (index + 0.8) * SUBTITLE_LINE,
  }));
  const named =
    !(columns > 1 && haveTheSameNames(panels)) &&
    panels.every((panel) => canBeNamed(panel, plotHeight));
  const legendTop = TITLE_BOTTOM + 6 + subtitle.length * SUBTITLE_LINE;
  const legend = legendOf(legendEntries(panels, named), inner, legendTop);
  const rows = rowsOf(onceBelow(panels, columns), columns, plotHeight, legendTop + legend.height);
  const bottom = rows.at(-1)?.end ?? legendTop;
  const source = (chart.source ?? [])
    .flatMap((line) => wrapped(line, FONT_SIZES.source, inner))
    .map((line, index) => ({ line, y: bottom + 22 + index * SOURCE_LINE }));
  return {
    height: bottom + 18 + source.length * SOURCE_LINE,
    subtitle,
    legend,
    plots: plotsOf(rows, columns, edge, inner, named),
    source,
  };
}

/** Where plots have the same x axis, its name stands only under the lowest of each column. */
function onceBelow(panels: readonly Panel[], columns: number): readonly Panel[] {
  if (new Set(panels.map(({ x }) => x.label)).size > 1) return panels;
  return panels.map((panel, index) =>
    index + columns < panels.length ? { ...panel, x: { ...panel.x, label: "" } } : panel,
  );
}

interface Row {
  readonly panels: readonly Panel[];
  readonly top: number;
  readonly bottom: number;
  readonly end: number;
}

function rowsOf(
  panels: readonly Panel[],
  columns: number,
  plotHeight: number,
  start: number,
): readonly Row[] {
  const rows: Row[] = [];
  for (let from = 0; from < panels.length; from += columns) {
    const row = panels.slice(from, from + columns);
    const top = (rows.at(-1)?.end ?? start) + HEAD;
    const bottom = top + plotHeight;
    // A name with nothing below it needs no room of its own.
    const named = row.some(({ x }, column) => {
      const isLast = from + columns >= panels.length;
      return x.label !== "" && (isLast || from + columns + column < panels.length);
    });
    rows.push({ panels: row, top, bottom, end: bottom + TICK_TEXTS + (named ? AXIS_NAME : 0) });
  }
  return rows;
}

function plotsOf(
  rows: readonly Row[],
  columns: number,
  edge: number,
  inner: number,
  named: boolean,
): readonly Plot[] {
  const cells = rows.flatMap(({ panels, top, bottom }) =>
    panels.map((panel, column) => ({ panel, column, top, bottom, y: yScale(panel, top, bottom) })),
  );
  const width = (inner - (columns - 1) * COLUMN_GAP) / columns;
  return cells.map(({ panel, column, top, bottom, y }) => {
    const beneath = cells.filter((each) => each.column === column);
    const ticks = most(beneath.map((each) => widthOfTicks(each.y)));
    const names = named ? most(beneath.map((each) => widthOfNames(each.panel))) : 0;
    const from = edge + column * (width + COLUMN_GAP);
    const left = from + ticks + 8;
    const half = most(beneath.map((each) => lastTickWidth(each.panel))) / 2;
    const right = from + width - Math.max(names, half, MARGIN);
    const x = scaleOf(panel.x, xsOf(panel), left, right, wanted(right - left, TICK_DISTANCES.x));
    return { panel: withShortNames(panel), x, y, left, right, top, bottom, named };
  });
}

function yScale(panel: Panel, top: number, bottom: number): Scale {
  const values = [
    ...panel.series.flatMap(({ points, spread }) => [
      ...points.map(([, y]) => y),
      ...(spread ?? []).flatMap(([, low, high]) => [low, high]),
    ]),
    ...(panel.levels ?? []).flatMap(({ stretches }) => stretches.map(([, , y]) => y)),
  ];
  return scaleOf(panel.y, values, bottom, top, wanted(bottom - top, TICK_DISTANCES.y));
}

function wanted(length: number, distance: number): number {
  return Math.max(2, Math.round(length / distance));
}

function xsOf({ series }: Panel): readonly number[] {
  return series.flatMap(({ points }) => points.map(([x]) => x));
}

/** One legend then says for all of them what each would have to say for itself. */
function haveTheSameNames(panels: readonly Panel[]): boolean {
  const sets = panels.map(({ series }) => series.map(({ name }) => name).join("\n"));
  const largest = sets.reduce((most, each) => (each.length > most.length ? each : most), "");
  return sets.every((each) => each.split("\n").every((name) => largest.split("\n").includes(name)));
}

/** Whether each line ends far enough at the right, and all names have room above each other. */
function canBeNamed(panel: Panel, plotHeight: number): boolean {
  const series = panel.series.filter(({ name }) => name !== "");
  const x = scaleOf(panel.x, xsOf(panel), 0, 1);
  const atRight = series.every(({ points }) => {
    const last = points.at(-1);
    return last === undefined || x.at(last[0]) >= FAR_RIGHT;
  });
  return atRight && (plotHeight === 0 || series.length * LINE_HEIGHT <= plotHeight);
}

function widthOfTicks(scale: Scale): number {
  return most(scale.ticks.map((tick) => textWidth(tick.text, FONT_SIZES.text)));
}

function lastTickWidth(panel: Panel): number {
  const last = scaleOf(panel.x, xsOf(panel), 0, 1).ticks.at(-1);
  return last === undefined ? 0 : textWidth(last.text, FONT_SIZES.text);
}

function widthOfNames({ series }: Panel): number {
  const widths = series.map(({ name }) => textWidth(name, FONT_SIZES.text));
  return most(widths) === 0 ? 0 : NAME_INDENT + Math.min(most(widths), WIDEST_NAME) + 4;
}

function withShortNames(panel: Panel): Panel {
  const short = (name: string): string => fitted(name, FONT_SIZES.text, WIDEST_NAME);
  return { ...panel, series: panel.series.map((each) => ({ ...each, name: short(each.name) })) };
}

function most(values: readonly number[]): number {
  return values.reduce((widest, each) => Math.max(widest, each), 0);
}
