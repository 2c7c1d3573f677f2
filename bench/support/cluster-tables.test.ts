import { expect, it } from "vitest";
import type { ClusterTurn } from "./cluster-report.ts";
import { clusterTables, titleOf } from "./cluster-tables.ts";

function turn(number: number, shape: ClusterTurn["shape"], claimsPerSecond: number): ClusterTurn {
  const latency = { p50Ms: 1, p99Ms: 9 };
  const measured = { callers: 64, claimsPerSecond, latency, serverCpuMicrosPerClaim: 12.5 };
  return { turn: number, shape, measurements: [measured as never] };
}

it("names what was measured", () => {
  expect(titleOf(undefined)).toBe("single node");
  expect(titleOf({ nodes: 1, replicas: 1 })).toBe("1 node, 1 replica");
  expect(titleOf({ nodes: 5, replicas: 3 })).toBe("5 nodes, 3 replicas");
});

it("sets each turn against the single node of the same turn", () => {
  const three = { nodes: 3, replicas: 3 };
  const turns = [
    turn(1, undefined, 1000),
    turn(1, three, 500),
    turn(2, undefined, 4000),
    turn(2, three, 1000),
    turn(3, undefined, 2000),
    turn(3, three, 800),
  ];
  const [, text = "", ...more] = clusterTables({ kind: "cluster", turns } as never);
  expect(text).toMatch(/single node *\| *64 \| *2,000 \| *1\.00 × /);
  expect(text).toMatch(
    /3 nodes, 3 replicas *\| *64 \| *800 \| *0\.40 × \| *1\.00 \| *9\.00 \| *12\.5/,
  );
  expect(more).toEqual([]);
});

it("says what the nodes led when they were ready", () => {
  const single = { nodes: 1, replicas: 1 };
  const five = { nodes: 5, replicas: 1 };
  const turns = [
    turn(1, undefined, 1000),
    { ...turn(1, single, 500), leads: [256] },
    { ...turn(1, five, 500), leads: [50, 52, 51, 51, 52] },
    { ...turn(2, five, 500), leads: [51, 51, 51, 47, 56] },
  ];
  const tables = clusterTables({ kind: "cluster", turns } as never);
  expect(tables.at(-1)).toMatch(/: 256 \(1 node, 1 replica\), 47 to 56 \(5 nodes, 1 replica\)\.$/);
});

it("sets as many claims for each node against one node of a cluster", () => {
  const paced = (cpu: number, claimsPerSecond: number) => {
    const latency = { p50Ms: 2, p99Ms: 8 };
    const measured = { claimsPerSecond, latency, serverCpuMicrosPerClaim: cpu, saturated: false };
    return { paced: [{ ratePerNode: 1000, measured: measured as never }] };
  };
  const one = { nodes: 1, replicas: 1 };
  const three = { nodes: 3, replicas: 1 };
  const turns = [
    { ...turn(1, one, 500), ...paced(50, 1000) },
    { ...turn(1, three, 500), ...paced(60, 3000) },
    { ...turn(2, one, 500), ...paced(40, 1000) },
    { ...turn(2, three, 500), ...paced(40, 3000) },
    turn(2, { nodes: 3, replicas: 3 }, 500),
  ];
  const [, , , text = "", ...more] = clusterTables({ kind: "cluster", turns } as never);
  expect(text).toMatch(
    /1 node, 1 replica *\| *1,000 \| *1,000 \| *2\.00 \| *8\.00 \| *45\.0 \| *1\.00 ×/,
  );
  expect(text).toMatch(
    /3 nodes, 1 replica *\| *1,000 \| *3,000 \| *2\.00 \| *8\.00 \| *50\.0 \| *1\.10 ×/,
  );
  expect(text).not.toContain("3 replicas");
  expect(more).toEqual([]);
});
