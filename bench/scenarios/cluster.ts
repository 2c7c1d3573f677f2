/**
 * `npm run bench -- cluster`: what replicas and nodes cost, against a single node, in turns within
 * one run. Each turn of an installation starts it anew and ends it: nothing else runs meanwhile.
 */
import { etcd } from "../peers/etcd.ts";
import { type ClusterShape, startCluster } from "../support/claimd-cluster.ts";
import type { ClaimdAddress } from "../support/claimd-target.ts";
import type { ClusterTurn, PacedMeasurement } from "../support/cluster-report.ts";
import { titleOf } from "../support/cluster-tables.ts";
import type { ClosedMeasurement } from "../support/load.ts";
import { type BenchRun, freshClaimd } from "./bench-run.ts";
import { Measuring, measureOrder, openOrder } from "./measure.ts";

const SHAPES: readonly (ClusterShape | undefined)[] = [
  undefined,
  { nodes: 1, replicas: 1 },
  { nodes: 3, replicas: 1 },
  { nodes: 5, replicas: 1 },
  { nodes: 3, replicas: 3 },
];

/** Adds each turn of an installation when it is finished. */
export async function benchCluster(run: BenchRun, turns: ClusterTurn[]): Promise<void> {
  if (etcd.version() === undefined) throw new Error(`${etcd.program} is not installed`);
  for (let turn = 1; turn <= run.options.turns; turn++) {
    for (const shape of SHAPES) {
      run.say(`turn ${turn} of ${run.options.turns}: ${titleOf(shape)}`);
      const { target, pids, leads, stop } = await installation(run, shape);
      try {
        const measuring = await Measuring.start(run, target, pids);
        const measurements = await closedLoops(run, measuring, pids.length);
        const paced = hasOneReplica(shape) ? await pacedLoops(run, measuring, pids.length) : [];
        await measuring.close();
        turns.push({ turn, shape, ...(leads === undefined ? {} : { leads }), measurements, paced });
      } finally {
        await stop();
      }
    }
  }
}

interface Installation {
  readonly target: ClaimdAddress;
  readonly pids: readonly number[];
  readonly leads?: readonly number[];
  readonly stop: () => Promise<void>;
}

async function installation(run: BenchRun, shape: ClusterShape | undefined): Promise<Installation> {
  if (shape === undefined) {
    const server = await freshClaimd(run);
    const target: ClaimdAddress = { kind: "claimd", address: server.grpcAddress };
    return { target, pids: [server.pid], stop: () => server.dispose() };
  }
  const { belongings, directory, environment } = run;
  const cluster = await startCluster(belongings, directory, environment, shape);
  const target: ClaimdAddress = { kind: "claimd", address: cluster.address };
  const pids = cluster.nodes.map(({ pid }) => pid);
  return { target, pids, leads: cluster.leads, stop: () => cluster.stop() };
}

/** As many as were asked for, and as many for each node: then every node's turns are as large. */
function callersOf({ options: { callers } }: BenchRun, nodes: number): readonly number[] {
  return nodes === 1 ? callers : [...callers, nodes * Math.max(...callers)];
}

async function closedLoops(
  run: BenchRun,
  measuring: Measuring,
  nodes: number,
): Promise<readonly ClosedMeasurement[]> {
  const measurements: ClosedMeasurement[] = [];
  for (const callers of callersOf(run, nodes)) {
    measurements.push(
      await measuring.measure(measureOrder("unique", callers, run.options.seconds)),
    );
  }
  return measurements;
}

/** What a claim costs as nodes are added, each of them with as much to do. */
async function pacedLoops(
  run: BenchRun,
  measuring: Measuring,
  nodes: number,
): Promise<readonly PacedMeasurement[]> {
  const paced: PacedMeasurement[] = [];
  for (const ratePerNode of run.options.rate) {
    const order = openOrder("unique", nodes * ratePerNode, run.options.seconds);
    paced.push({ ratePerNode, measured: await measuring.measure(order) });
  }
  return paced;
}

function hasOneReplica(shape: ClusterShape | undefined): boolean {
  return shape === undefined || shape.replicas === 1;
}
