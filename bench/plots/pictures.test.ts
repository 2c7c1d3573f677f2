import { describe, expect, it } from "vitest";
import { CLAIM_SCENARIO_NAMES } from "../scenarios/claim-scenarios.ts";
import { picturesOf } from "./pictures.ts";
import { complaints, textsOf } from "./test/looked-at.ts";
import {
  capacityReport,
  claimsReport,
  compareReport,
  latencyReport,
  quickReport,
  soakReport,
} from "./test/made-up.ts";

const MILLION = 1_000_000;
const empty = { percentiles: [], claims: 0, claimsPerSecond: 0 };
const cases = [
  ["claims of one scenario", claimsReport(["unique"]), ["callers", "callers-latency"]],
  ["claims of two", claimsReport(["unique", "duplicates-50"]), ["callers", "callers-latency"]],
  ["claims of all scenarios", claimsReport(CLAIM_SCENARIO_NAMES), ["callers", "callers-latency"]],
  ["a quick run", quickReport(), ["callers", "callers-latency", "rates-latency"]],
  ["a sweep", latencyReport(["unique"]), ["rates", "rates-latency"]],
  ["three sweeps", latencyReport(["unique", "zipf", "settle"]), ["rates", "rates-latency"]],
  ["all peers", compareReport(5), ["callers", "ratios", "latency"]],
  ["one peer, once", compareReport(1, ["claimd", "redis-plain"]), ["callers", "ratios", "latency"]],
  ["no peer", compareReport(3, ["claimd"]), []],
  [
    "a growing store",
    capacityReport([0, MILLION, 5 * MILLION, 10 * MILLION]),
    ["keys", "dropping"],
  ],
  ["a small store", capacityReport([0, 20_000]), ["keys", "dropping"]],
  ["a soak of half an hour", soakReport(360, 5), ["timeline"]],
  ["a soak of twelve hours", soakReport(400, 108), ["timeline"]],
  ["a soak of seconds", soakReport(5, 1), ["timeline"]],
  ["claims of nothing", claimsReport([]), []],
  ["no rate", latencyReport([]), []],
  ["no keys", { ...capacityReport([0]), dropping: undefined }, []],
  ["no second", soakReport(0, 1), []],
] as const;

describe("picturesOf", () => {
  it.each(cases)("has the pictures of %s", (_, report, names) => {
    expect(picturesOf(report).map(({ name }) => name)).toEqual(names);
  });

  it.each(cases)("draws %s so that every text can be read", (_, report) => {
    for (const { svg } of picturesOf(report)) {
      expect(complaints(svg)).toEqual([]);
      expect(textsOf(svg).filter((text) => text.endsWith("…"))).toEqual([]);
    }
  });

  it.each(cases)("says where %s come from", (_, report) => {
    for (const { svg, title } of picturesOf(report)) {
      const texts = textsOf(svg);
      expect(texts).toContain(title);
      expect(texts.join(" ")).toMatch(/AMD EPYC.*2026-11-21 · commit 0123456789ab with changes/);
      expect(texts.join(" ")).toContain(report.command);
    }
  });

  it.each(cases)("makes the same bytes of %s again, read from a file or not", (_, report) => {
    const read = JSON.parse(JSON.stringify(report)) as typeof report;
    expect(picturesOf(read)).toEqual(picturesOf(report));
  });

  it("says when a run ended early, was disturbed, or was put on a server elsewhere", () => {
    const report = claimsReport(["unique"]);
    const machine = { ...report.machine, busyBefore: 0.5 };
    const odd = { ...report, machine, interrupted: true, address: "db:7600" } as const;
    const [picture] = picturesOf(odd);
    const texts = textsOf(picture?.svg ?? "").join("\n");
    expect(texts).toMatch(/db:7600/);
    expect(texts).toMatch(/ended early/i);
    expect(texts).toMatch(/not a result to quote/);
    expect(complaints(picture?.svg ?? "")).toEqual([]);
  });

  it("draws what answered nothing as nothing", () => {
    const report = claimsReport(["unique"]);
    const measurements = report.measurements.map((each) => ({ ...each, ...empty }));
    for (const { svg } of picturesOf({ ...report, measurements })) {
      expect(complaints(svg)).toEqual([]);
    }
  });
});
