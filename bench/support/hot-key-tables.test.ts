import { expect, it } from "vitest";
import type { AskedLoad, HotKeyPhase } from "./hot-key-report.ts";
import { hotKeyTables, phaseTitle } from "./hot-key-tables.ts";
import type { HotKeyWay } from "./hot-key-target.ts";

function asked(perSecond: number, p99Ms: number, wrong: Partial<AskedLoad> = {}): AskedLoad {
  const latency = { p50Ms: p99Ms / 10, p99Ms };
  const rates = { offeredPerSecond: perSecond, achievedPerSecond: perSecond };
  const counts = { claims: perSecond * 10, lateStarts: 0, saturated: false, unanswered: 0 };
  return { ...rates, ...counts, ...wrong, latency } as never;
}

/** The leader's part of the claims and of the time is given; the other two have 40 and 50 %. */
function phase(turn: number, way: HotKeyWay | undefined, hotAnswers: number, cpuSeconds: number) {
  return {
    turn,
    hot: way === undefined ? undefined : { way, asked: asked(5000, 4) },
    seconds: 10,
    nodes: [
      { leads: false, cpuSeconds: 4, hotAnswers: 1000 },
      { leads: true, cpuSeconds, hotAnswers },
      { leads: false, cpuSeconds: 5, hotAnswers: 2000 },
    ],
    neighbours: asked(100, 20),
    elsewhere: asked(100, 30),
  } as const satisfies HotKeyPhase;
}

const textOf = (phases: readonly HotKeyPhase[]): readonly string[] =>
  hotKeyTables({
    kind: "hot-key",
    shape: { nodes: 3, replicas: 3 },
    clients: 32,
    othersPerSecond: 200,
    phases,
  } as never);

it("names each load", () => {
  expect(phaseTitle(undefined, undefined)).toBe("not asked for");
  expect(phaseTitle("nodes", 5000)).toBe("asked of all replicas, 5,000/s");
});

it("tells the leader from the others, by medians of the turns", () => {
  const phases = [
    phase(1, undefined, 0, 1),
    phase(1, "nodes", 10_000, 9),
    phase(2, "nodes", 20_000, 2),
    phase(3, "nodes", 30_000, 1),
  ];
  const [head = "", text = "", ...more] = textOf(phases);
  expect(head).toContain("3 nodes, 3 replicas");
  expect(head).toContain("medians of 3 turns");
  expect(head).toContain("Of 150,000 claims of the key none was granted.");
  expect(
    text
      .split("\n")[2]
      ?.split("|")
      .map((cell) => cell.trim()),
  ).toEqual(
    [
      "",
      "not asked for",
      "–",
      "–",
      "–",
      "–",
      "10 %",
      "45 %",
      "2.00",
      "20.00",
      "3.00",
      "30.00",
    ].concat(["0", ""]),
  );
  expect(text).toMatch(
    /all replicas, 5,000\/s *\| *5,000 \| *4\.00 \| *2,000 \| *150 \| *20 % \| *45 %/,
  );
  expect(more).toEqual([]);
});

it("shows no time that was not measured, and every failure", () => {
  const good = phase(1, "cache", 0, 1);
  const unknown = good.nodes.map((node) => ({ ...node, cpuSeconds: undefined }));
  const busy = asked(5000, 4, { unanswered: 2, saturated: true });
  const [, text = "", note = ""] = textOf([
    { ...good, nodes: unknown, hot: { way: "cache", asked: busy } },
    { ...phase(2, "cache", 0, 1), neighbours: asked(100, 20, { unanswered: 1 }) },
  ]);
  expect(text).toMatch(/kept by the clients, 5,000\/s \(!\) .*\| *– \| *– \| .*\| *3 \|$/);
  expect(note).toContain("saturated");
});
