/**
 * A picture: title, one panel or several in a grid, and underneath where its numbers come from.
 *
 * Pure: the same input gives the same bytes.
 */
import { layout, type PanelChart, WIDTH } from "./chart-layout.ts";
import { FONT_SIZES, STYLE_SHEET } from "./palette.ts";
import type { Panel } from "./panel.ts";
import { drawPanel } from "./panel-drawing.ts";
import { element, px, text, xml } from "./svg.ts";
import { fitted } from "./text-width.ts";

export interface LineChart extends Panel, Pick<PanelChart, "title" | "subtitle" | "source"> {}

const HEIGHT = 450;
/** However much stands around it, a plot stays one. */
const LOWEST_PLOT = 120;
const EDGE = 20;
const INNER = WIDTH - 2 * EDGE;
/** A bold letter is so much wider. */
const BOLD = 1.08;

/** One panel, 800 × 450 in all. */
export function lineChart({ title, subtitle, source, ...panel }: LineChart): string {
  const chart = { title, subtitle, source, panels: [panel], columns: 1 };
  const others = layout({ ...chart, plotHeight: 0 }, EDGE).height;
  return panelChart({ ...chart, plotHeight: Math.max(HEIGHT - others, LOWEST_PLOT) });
}

/** Several panels, as high as they need it. */
export function panelChart(chart: PanelChart): string {
  const { height, plots, legend, subtitle, source } = layout(chart, EDGE);
  const ground = { x: 0.5, y: 0.5, width: WIDTH - 1, height: height - 1, rx: 8 };
  const parts = [
    element("title", { id: "title" }, xml(chart.title)),
    element("style", {}, `\n${STYLE_SHEET}\n`),
    element("rect", { class: "ground", ...ground }),
    text(fitted(chart.title, FONT_SIZES.title * BOLD, INNER), { class: "title", x: EDGE, y: 36 }),
    ...subtitle.map(({ line, y }) => text(line, { class: "subtitle", x: EDGE, y })),
    legend.draw(EDGE),
    ...plots.map(drawPanel),
    ...source.map(({ line, y }) => text(line, { class: "source", x: EDGE, y })),
  ];
  const size = { viewBox: `0 0 ${WIDTH} ${px(height)}`, width: WIDTH, height };
  const names = { role: "img", "aria-labelledby": "title" };
  const content = ["", ...parts.filter((part) => part !== ""), ""].join("\n");
  return `${element("svg", { xmlns: "http://www.w3.org/2000/svg", ...size, ...names }, content)}\n`;
}
