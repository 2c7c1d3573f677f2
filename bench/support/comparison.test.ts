import { describe, expect, it } from "vitest";
import type { StoreName } from "../peers/peer-names.ts";
import type { Turn } from "./compare-report.ts";
import { compareTables } from "./compare-tables.ts";
import { compare } from "./comparison.ts";
import { standings } from "./goals.ts";
import type { ClosedMeasurement } from "./load.ts";
import { median } from "./median.ts";

const measurement = (callers: number, claimsPerSecond: number, p50Ms = 1): ClosedMeasurement => ({
  loop: "closed",
  scenario: "unique",
  callers,
  seconds: 1,
  claims: claimsPerSecond,
  claimsPerSecond,
  latency: { p50Ms, p90Ms: 1, p99Ms: 2, p999Ms: 3, maxMs: 4, meanMs: 1 },
  percentiles: [],
  serverCpuMicrosPerClaim: 5,
  clientCpuMicrosPerClaim: 3,
  generatorUtilization: 0.5,
  keysChecked: claimsPerSecond,
});
const turns = (store: StoreName, rates: readonly number[], callers = 64): Turn[] =>
  rates.map((rate, at) => ({ turn: at + 1, store, measurements: [measurement(callers, rate)] }));

describe("compare", () => {
  it("holds each turn against the better setting of a peer", () => {
    const [found, ...others] = compare([
      ...turns("claimd", [90, 100, 500]),
      ...turns("redis-auto", [40, 60, 50]),
      ...turns("redis-plain", [80, 79, 10]),
    ]);
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      peer: "redis",
      callers: 64,
      claimd: { claimsPerSecond: 100, p99Ms: 2 },
      rival: { store: "redis-plain", claimsPerSecond: 79 },
      turns: 3,
    });
    expect(found?.rate.lowest).toBeCloseTo(90 / 80);
    expect(found?.rate.median).toBeCloseTo(100 / 79);
    expect(found?.rate.highest).toBe(50);
  });

  it("takes only turns of the same number together", () => {
    const [found] = compare([
      ...turns("claimd", [10, 20, 30]),
      ...turns("etcd", [1, 1, 2]).filter(({ turn }) => turn !== 2),
    ]);
    expect(found).toMatchObject({ peer: "etcd", turns: 2 });
    expect(found?.rate).toEqual({ median: 12.5, lowest: 10, highest: 15 });
  });

  it("tells the peers one by one, few callers first", () => {
    const compared = compare([
      ...turns("etcd", [1]),
      ...turns("postgres-batched", [1]),
      ...turns("postgres", [1]),
      ...turns("postgres", [1], 8),
      ...turns("claimd", [2]),
      ...turns("claimd", [2], 8).map((each) => ({ ...each, turn: 1 })),
    ]);
    expect(compared.map(({ peer, callers }) => `${peer} ${callers}`)).toEqual([
      "postgres 8",
      "postgres 64",
      "postgres-batched 64",
      "etcd 64",
    ]);
  });

  it("says nothing where one of both was not measured", () => {
    expect(compare(turns("claimd", [1]))).toEqual([]);
    expect(compare(turns("etcd", [1]))).toEqual([]);
    expect(compare([...turns("claimd", [1]), ...turns("etcd", [1], 256)])).toEqual([]);
  });
});

describe("standings", () => {
  const standing = (own: ClosedMeasurement, peers: ClosedMeasurement, store: StoreName) =>
    standings(
      compare([
        { turn: 1, store: "claimd", measurements: [own] },
        { turn: 1, store, measurements: [peers] },
      ]),
    ).filter(({ measured }) => measured !== undefined);

  it.each([
    [100, 51, "floor"],
    [100, 50, "goal"],
    [100, 100, "floor"],
    [99, 100, "neither"],
  ])("holds %d claims/s against %d: %s", (own, peers, reached) => {
    const found = standing(measurement(256, own), measurement(256, peers), "redis-auto");
    expect(found).toMatchObject([{ goal: { peer: "redis", callers: 256 }, reached }]);
  });

  it.each([
    [0.12, "goal"],
    [0.121, "floor"],
    [0.2, "floor"],
    [0.21, "neither"],
  ])("holds one caller's p50 of %d ms against 0.1 ms: %s", (p50Ms, reached) => {
    const found = standing(measurement(1, 1, p50Ms), measurement(1, 1, 0.1), "redis-plain");
    expect(found).toMatchObject([{ goal: { what: "p50" }, reached }]);
  });

  it("holds nothing unsynced or batched against the goals", () => {
    for (const store of ["redis-unsynced-auto", "postgres-batched"] as const) {
      expect(standing(measurement(64, 100), measurement(64, 1), store)).toEqual([]);
    }
  });
});

describe("compareTables", () => {
  it("shows what was measured beside floor and goal", () => {
    const text = compareTables({
      kind: "compare",
      services: [
        {
          service: "etcd",
          title: "etcd",
          version: "3.4",
          client: "x 1",
          settings: "none",
          durability: "synced",
          keysBefore: 1_000_000,
        },
      ],
      turns: [...turns("claimd", [50, 60, 70]), ...turns("etcd", [2, 2, 2])],
    } as unknown as Parameters<typeof compareTables>[0]).join("\n\n");
    const rows = text.split("\n").map((line) => line.replaceAll(/ +/g, " "));
    expect(rows).toContain("| etcd | 1,000,000 | synced | none | 3.4 | x 1 |");
    expect(rows).toContain(
      "| etcd | 64 | claims/s | ≥ 20 × | ≥ 30 × | 30.00 × | 25.00 to 35.00 | goal |",
    );
    expect(rows).toContain("| etcd | 256 | claims/s | ≥ 20 × | ≥ 30 × | – | – | not measured |");
    expect(rows).toContain("| etcd | 64 | 60 | 2 | etcd | 30.00 × | 25.00 to 35.00 |");
    expect(rows).toContain("| etcd | 64 | 1.000 | 2.000 | 5.0 | 3.0 | 1.000 | 2.000 | 5.0 | 3.0 |");
  });
});

describe("median", () => {
  it("is the middle, or between the two middles", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });
});
