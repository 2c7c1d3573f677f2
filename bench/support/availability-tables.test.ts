import { expect, it } from "vitest";
import type { ClusterEventName, Episode } from "./availability-report.ts";
import { availabilityTables } from "./availability-tables.ts";

function episode(event: ClusterEventName, maxMs: number, wrong: object = {}): Episode {
  const asked = {
    ...{ offeredPerSecond: 100, claims: 1000, seconds: 10, unanswered: 0, saturated: false },
    ...{ latency: { p50Ms: maxMs / 100, p99Ms: maxMs / 2, maxMs }, ...wrong },
  };
  return { event, tookSeconds: 9, asked } as never;
}

const textOf = (episodes: readonly Episode[]): readonly string[] =>
  availabilityTables({ shape: { nodes: 3, replicas: 3 }, episodes } as never);

it("shows the slowest claim of half, of nine of ten and of all events", () => {
  const slowest = [30, 10, 20, 90, 80, 70, 40, 60, 50, 500];
  const [head = "", text = "", ...more] = textOf(
    slowest.map((maxMs) => episode("hand-over", maxMs)),
  );
  expect(head).toContain("3 nodes, 3 replicas");
  expect(head).toContain("Of 10,000 claims 0 failed");
  expect(cells(text, 2)).toEqual(
    ["one partition gets another leader", "100", "10", "9.0", "10,000", "0"].concat([
      "0.6",
      "27.5",
      "55",
      "90",
      "500",
    ]),
  );
  expect(more).toEqual([]);
});

it("keeps events and rates apart, in the order in which they came", () => {
  const [, text = ""] = textOf([
    episode("kill", 10_000),
    episode("kill", 11_000, { offeredPerSecond: 5000 }),
    episode("restart", 2000),
    episode("kill", 12_000),
  ]);
  const rows = [2, 3, 4].map((at) => cells(text, at));
  expect(rows.map(([title, rate, times]) => [title, rate, times])).toEqual([
    ["a node is killed, and started 20 s later", "100", "2"],
    ["a node is killed, and started 20 s later", "5,000", "1"],
    ["one node after the other is restarted", "100", "1"],
  ]);
});

it("marks a load that was over too early, and tells what failed", () => {
  const [head = "", text = "", ...notes] = textOf([
    episode("restart", 20, { seconds: 9.4, unanswered: 3 }),
    episode("freeze", 20, { seconds: 9.5, saturated: true }),
  ]);
  expect(head).toContain("Of 2,000 claims 3 failed");
  expect(cells(text, 2)[0]).toMatch(/restarted \(>\)$/);
  expect(cells(text, 3)[0]).toMatch(/frozen for 30 s \(!\)$/);
  expect(notes.join("\n")).toMatch(/saturated[^]*lasted longer than the load/);
});

function cells(text: string, line: number): readonly string[] {
  const row = text.split("\n")[line] ?? "";
  return row
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}
