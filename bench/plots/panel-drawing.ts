/** Draws a panel in its place: grid, lines, whiskers, marks, and names beside the ends of lines. */
import { spreadOut, withRoom } from "./label-layout.ts";
import { hollowMark, lineClass, type Look, lookOf, mark, MARK_SIZE } from "./marks.ts";
import { FONT_SIZES } from "./palette.ts";
import type { Level, Plot, Point, Series } from "./panel.ts";
import { element, px, text } from "./svg.ts";
import { fitted, textWidth } from "./text-width.ts";

/** Between the frame and the names at its right, mark included. */
export const NAME_INDENT = 30;
const SAMPLE = 14;
export const LINE_HEIGHT = 16;
/** With more points than these marks would be a caterpillar, and later a line a ribbon. */
const MOST_MARKS = 24;
const MOST_THICK = 100;
const NARROWEST_BAND = 3;
/** So far apart stand whiskers of the same x, and so far all of them together at most. */
const DODGE = 7;
const WIDEST_DODGE = 30;

export function drawPanel(plot: Plot): string {
  const { panel, x } = plot;
  const drawn = panel.series.map((series, index) => place(plot, series, index));
  return element("g", {}, [
    ...grid(plot),
    ...(panel.bands?.stretches ?? []).map(([from, to]) => {
      const start = x.at(from);
      const width = Math.max(x.at(to) - start, NARROWEST_BAND);
      return element("rect", {
        class: panel.bands?.kind ?? "",
        x: start,
        y: plot.top,
        width,
        height: plot.bottom - plot.top,
      });
    }),
    ...(panel.levels ?? []).map((level) => levelLine(plot, level)),
    // The first lies on top of the others.
    ...drawn.toReversed().map(line),
    ...drawn.toReversed().flatMap(whiskers),
    ...drawn.toReversed().flatMap(marks),
    ...(plot.named ? names(plot, drawn) : []),
  ]);
}

interface DrawnPoint {
  readonly x: number;
  readonly y: number;
  readonly mark: "full" | "hollow" | "none";
}

interface Drawn {
  readonly series: Series;
  readonly look: Look;
  readonly points: readonly DrawnPoint[];
  readonly spread: readonly (readonly [x: number, low: number, high: number])[];
}

/** Series with whiskers stand a little beside each other, so that these can be told apart. */
function place({ panel, x, y }: Plot, series: Series, index: number): Drawn {
  const beside = panel.series.filter((each) => each.spread !== undefined);
  const rank = beside.indexOf(series);
  const apart = Math.min(DODGE, WIDEST_DODGE / Math.max(beside.length - 1, 1));
  const shift = rank < 0 ? 0 : (rank - (beside.length - 1) / 2) * apart;
  const shown = ([a, b]: Point): boolean => x.shows(a) && y.shows(b);
  return {
    series,
    look: lookOf(series.look ?? index, series.dashed),
    points: series.points.filter(shown).map((point) => ({
      x: x.at(point[0]) + shift,
      y: y.at(point[1]),
      mark: series.hollow?.(point) === true ? "hollow" : hasMark(series, point) ? "full" : "none",
    })),
    spread: (series.spread ?? [])
      .filter(([a, low, high]) => shown([a, low]) && y.shows(high))
      .map(([a, low, high]) => [x.at(a) + shift, y.at(low), y.at(high)]),
  };
}

function grid({ panel, x, y, left, right, top, bottom }: Plot): readonly string[] {
  const across = (at: number, name: string): string =>
    element("line", { class: name, x1: left, y1: at, x2: right, y2: at });
  const down = (at: number, name: string): string =>
    element("line", { class: name, x1: at, y1: top, x2: at, y2: bottom });
  const size = FONT_SIZES.text;
  const texts = x.ticks.map((tick) => {
    const half = textWidth(tick.text, size) / 2;
    return { ...tick, from: tick.at - half, to: tick.at + half };
  });
  const heading = panel.heading ?? panel.y.label;
  return [
    ...y.minors.map((at) => across(at, "fine")),
    ...x.minors.map((at) => down(at, "fine")),
    ...x.ticks.map(({ at }) => down(at, "grid")),
    ...y.ticks.map(({ at }) => across(at, "grid")),
    across(bottom, "axis"),
    ...y.ticks.map((tick) =>
      text(tick.text, { class: "quiet", x: left - 8, y: tick.at + 4, "text-anchor": "end" }),
    ),
    ...withRoom(texts, 8).map((tick) =>
      text(tick.text, { class: "quiet", x: tick.at, y: bottom + 18, "text-anchor": "middle" }),
    ),
    text(fitted(heading, size, right - left), {
      class: panel.heading === undefined ? "quiet" : "heading",
      x: left,
      y: top - 10,
    }),
    ...(panel.x.label === ""
      ? []
      : [
          text(panel.x.label, {
            class: "quiet",
            x: (left + right) / 2,
            y: bottom + 38,
            "text-anchor": "middle",
          }),
        ]),
  ];
}

function levelLine({ x, y, left, right }: Plot, { kind, stretches }: Level): string {
  const within = (at: number): string => px(Math.min(Math.max(at, left), right));
  const d = stretches.map(
    ([from, to, at]) => `M${within(x.at(from))} ${px(y.at(at))}H${within(x.at(to))}`,
  );
  return element("path", { class: `level ${kind}`, d: d.join("") });
}

function hasMark({ marked, points }: Series, point: Point): boolean {
  return marked === undefined ? points.length <= MOST_MARKS : marked(point);
}

function line({ points, look }: Drawn): string {
  if (points.length === 0) return "";
  const coordinates = points.map(({ x, y }) => `${px(x)},${px(y)}`).join(" ");
  const many = points.length > MOST_THICK ? " many" : "";
  return element("polyline", { class: `${lineClass(look)}${many}`, points: coordinates });
}

function whiskers({ spread, look }: Drawn): readonly string[] {
  return spread.map(([x, low, high]) => {
    const cap = (y: number): string => `M${px(x - 3.5)} ${px(y)}h7`;
    const d = `${cap(low)}M${px(x)} ${px(low)}V${px(high)}${cap(high)}`;
    return element("path", { class: `whisker s${look.colour}`, d });
  });
}

function marks({ points, look }: Drawn): readonly string[] {
  return points.flatMap(({ x, y, mark: kind }) => {
    if (kind === "none") return [];
    return [kind === "hollow" ? hollowMark(look, x, y) : mark(look, x, y)];
  });
}

/** Each at the height at which its line ends, or as near to it as the others leave room. */
function names({ top, bottom, right }: Plot, drawn: readonly Drawn[]): readonly string[] {
  const ends = drawn.flatMap(({ series, look, points }) => {
    const last = points.at(-1);
    return last === undefined || series.name === "" ? [] : [{ series, look, x: last.x, y: last.y }];
  });
  const half = LINE_HEIGHT / 2;
  const heights = spreadOut(
    ends.map(({ y }) => y),
    LINE_HEIGHT,
    top + half,
    bottom - half,
  );
  return ends.flatMap(({ series, look, x, y }, index) => {
    const height = heights[index] ?? y;
    const from = right + NAME_INDENT - SAMPLE - 5;
    const leader = { x1: x + MARK_SIZE + 2, y1: y, x2: from - 2, y2: height };
    // A name right behind its line needs none.
    const far = Math.abs(height - y) > 2 || right - x > MARK_SIZE;
    return [
      far ? element("line", { class: "leader", ...leader }) : "",
      isMarked(series)
        ? mark(look, from + SAMPLE / 2, height)
        : sample(series, look, from, height, SAMPLE),
      text(series.name, { x: right + NAME_INDENT, y: height + 4 }),
    ];
  });
}

/** A piece of the series as it is drawn: the line, with a mark where it has marks. */
export function sample(series: Series, look: Look, x: number, y: number, width: number): string {
  const line = element("line", { class: lineClass(look), x1: x, y1: y, x2: x + width, y2: y });
  return isMarked(series) ? line + mark(look, x + width / 2, y) : line;
}

function isMarked(series: Series): boolean {
  return series.points.some((point) => hasMark(series, point));
}
