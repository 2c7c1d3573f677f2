import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LineChart, lineChart, panelChart } from "./chart.ts";
import { milliseconds, numberText, perSecond } from "./number-text.ts";
import { complaints, textsOf } from "./test/looked-at.ts";
import { everyElement, parseXml } from "./test/xml.ts";

const chart = (rest: Partial<LineChart> = {}): LineChart => ({
  title: "Claims per second",
  x: { label: "callers", scale: "log", text: numberText, at: [1, 64] },
  y: { label: "claims/s", scale: "linear", text: perSecond, include: [0] },
  series: [
    {
      name: "claimd",
      points: [
        [1, 2000],
        [64, 70_000],
      ],
    },
  ],
  ...rest,
});
const several = (...names: readonly string[]): LineChart["series"] =>
  names.map((name, index) => ({
    name,
    points: [
      [1, index],
      [64, 100 + index],
    ],
  }));
const elements = (svg: string, kind: string) =>
  everyElement(parseXml(svg)).filter(({ attributes }) => attributes.get("class")?.startsWith(kind));

describe("lineChart", () => {
  it("is a picture of 800 × 450 that gives its title", () => {
    const root = parseXml(lineChart(chart()));
    expect(root.attributes.get("viewBox")).toBe("0 0 800 450");
    expect(root.children[0]).toMatchObject({ name: "title", text: "Claims per second" });
  });

  it("goes through every point", () => {
    const line = elements(lineChart(chart()), "line")[0];
    expect(line?.attributes.get("points")?.split(" ")).toHaveLength(2);
  });

  it("makes the same bytes of the same input", () => {
    const series = several("claimd", "Redis");
    expect(lineChart(chart({ series }))).toBe(
      lineChart(chart({ series: structuredClone(series) })),
    );
  });

  it("names lines beside their ends, in the text's own colour", () => {
    const svg = lineChart(chart({ series: several("claimd", "Redis") }));
    expect(textsOf(svg)).toEqual(expect.arrayContaining(["claimd", "Redis"]));
    expect(elements(svg, "leader")).toHaveLength(2);
  });

  it("names them in a legend when they end early", () => {
    const series = [...several("claimd"), { name: "Redis", points: [[1, 5] as const] }];
    const svg = lineChart(chart({ series }));
    expect(textsOf(svg)).toEqual(expect.arrayContaining(["claimd", "Redis"]));
    expect(elements(svg, "leader")).toHaveLength(0);
  });

  it("leaves out what an axis can't show", () => {
    const y = { label: "latency", scale: "log", text: milliseconds } as const;
    const points = [
      [1, 0],
      [8, Number.NaN],
      [64, 3],
    ] as const;
    const svg = lineChart(chart({ y, series: [{ name: "p50", points }] }));
    expect(elements(svg, "line")[0]?.attributes.get("points")?.split(" ")).toHaveLength(1);
    expect(complaints(svg)).toEqual([]);
  });

  it("writes names and titles as they are, whatever stands in them", () => {
    const odd = `a<b> & "c" \u0007 \ud800 'd'`;
    const svg = lineChart(chart({ title: odd, series: several(odd, "é") }));
    expect(textsOf(svg)).toContain(`a<b> & "c" \ufffd \ufffd 'd'`);
  });

  it("has no text on another, however many lines with however long names end wherever", () => {
    const name = fc.string({ minLength: 1, maxLength: 60 });
    const ends = fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 1e7, noNaN: true }));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, ends), { maxLength: 15 }),
        fc.string(),
        (lines, subtitle) => {
          const series = lines.map(([each, end]) => ({
            name: each,
            points: [
              [1, 0],
              [64, end],
            ] as const,
          }));
          expect(complaints(lineChart(chart({ series, subtitle, source: ["a", "b"] })))).toEqual(
            [],
          );
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("panelChart", () => {
  it("puts plots of a column below each other, edge to edge", () => {
    const { title, ...panel } = chart();
    const wide = {
      ...panel,
      series: [
        {
          name: "claimd",
          points: [
            [1, 9],
            [64, 1e9],
          ] as const,
        },
      ],
    };
    const svg = panelChart({ title, panels: [panel, wide, panel], columns: 1, plotHeight: 100 });
    expect(complaints(svg)).toEqual([]);
    const axes = elements(svg, "axis").map(({ attributes }) => attributes.get("x1"));
    expect(new Set(axes).size).toBe(1);
  });
});
