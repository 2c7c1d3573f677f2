import { describe, expect, it } from "vitest";
import { ServerMetrics } from "./server-metrics.ts";

const metrics = new ServerMetrics(
  [
    "# HELP claimd_claims_total Claims as decided, by status.",
    "# TYPE claimd_claims_total counter",
    'claimd_claims_total{claim_namespace="a",status="GRANTED"} 5',
    'claimd_claims_total{claim_namespace="a",status="COMPLETED"} 7',
    'claimd_claims_total{claim_namespace="b, \\"c\\"",status="GRANTED"} 11',
    "claimd_generations 3",
    "claimd_clock_offset_seconds -2.5e-3",
    'claimd_turn_seconds_bucket{le="+Inf",step="load"} 4',
    "",
  ].join("\n"),
);

describe("ServerMetrics", () => {
  it("adds up what has the labels asked for", () => {
    expect(metrics.sum("claimd_claims_total")).toBe(23);
    expect(metrics.sum("claimd_claims_total", { status: "GRANTED" })).toBe(16);
    expect(metrics.sum("claimd_claims_total", { claim_namespace: "a" })).toBe(12);
    expect(metrics.sum("claimd_turn_seconds_bucket", { le: "+Inf" })).toBe(4);
  });

  it("reads numbers as they are written", () => {
    expect(metrics.sum("claimd_generations")).toBe(3);
    expect(metrics.sum("claimd_clock_offset_seconds")).toBe(-0.0025);
  });

  it("does not take what is not told for 0", () => {
    expect(metrics.sum("claimd_generation")).toBeUndefined();
    expect(metrics.sum("claimd_claims_total", { status: "HELD" })).toBeUndefined();
    expect(() => metrics.required("claimd_held")).toThrow("does not tell claimd_held");
  });
});
