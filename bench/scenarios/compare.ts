/**
 * `npm run bench -- compare`: the same work on claimd and on Redis, in turns within one run.
 *
 * Each turn starts its store on an empty folder and ends it, so that nobody's background work falls
 * into a rival's turn; what the machine does meanwhile falls on all of them alike.
 */
import { startRedis } from "../support/redis-process.ts";
import { type StoreName, STORES, type Turn } from "../support/report.ts";
import type { ClosedMeasurement } from "../support/load.ts";
import { type BenchRun, freshClaimd } from "./bench-run.ts";
import { measureAll, measureOrder } from "./claims.ts";

const ORDER: readonly StoreName[] = ["claimd", "redis-auto", "redis-plain"];

export async function benchCompare(run: BenchRun): Promise<readonly Turn[]> {
  const turns: Turn[] = [];
  for (let turn = 1; turn <= run.options.turns; turn++) {
    for (const store of ORDER) {
      run.say(`turn ${turn} of ${run.options.turns}: ${STORES[store]}`);
      turns.push({ turn, store, measurements: await measureStore(run, store) });
    }
  }
  return turns;
}

async function measureStore(
  run: BenchRun,
  store: StoreName,
): Promise<readonly ClosedMeasurement[]> {
  const { callers, seconds } = run.options;
  const orders = callers.map((each) => measureOrder("unique", each, seconds));
  if (store === "claimd") {
    const server = await freshClaimd(run);
    const { grpcAddress: address, pid } = server;
    const measured = await measureAll(run, { kind: "claimd", address }, pid, orders);
    await server.dispose();
    return measured;
  }
  const directory = run.belongings.temporaryDirectory(run.directory, "redis-bench");
  const redis = await startRedis(run.belongings, directory);
  const autoPipelining = store === "redis-auto";
  const target = { kind: "redis", port: redis.port, autoPipelining } as const;
  const measured = await measureAll(run, target, redis.pid, orders);
  await redis.stop();
  run.belongings.removeDirectory(directory);
  return measured;
}
