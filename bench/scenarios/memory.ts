/**
 * `npm run bench -- memory`: what the server needs when it holds many keys.
 *
 * Anonymous memory only: mapped table files count as resident too, but the system can drop them.
 * The disk is looked at when everything has been applied and nothing was compacted on purpose.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { diskBytes } from "../support/disk-usage.ts";
import { generate } from "../support/generator.ts";
import { KEY_BYTES } from "../support/key-text.ts";
import { anonymousBytesOf } from "../support/process-usage.ts";
import type { MemoryReport } from "../support/report.ts";
import { grouped } from "../support/table.ts";
import { type BenchRun, freshClaimd } from "./bench-run.ts";

const CALLERS = 256;
const SAMPLE_MS = 100;
/** From the moment nothing is left to apply: timers fire, the collector of garbage may run. */
const REST_MS = 5000;
const APPLIED_WITHIN_MS = 120_000;

type MemoryResult = Pick<
  MemoryReport,
  "keys" | "keyBytes" | "seconds" | "anonymousBytes" | "diskBytes"
>;

export async function benchMemory(run: BenchRun): Promise<MemoryResult> {
  const { keys } = run.options;
  const server = await freshClaimd(run);
  const empty = anonymousBytesOf(server.pid);
  let peak = empty;
  const sampler = setInterval(() => {
    const now = anonymousBytesOf(server.pid);
    if (now !== undefined) peak = Math.max(peak ?? 0, now);
  }, SAMPLE_MS);
  try {
    run.say(`claiming ${grouped(keys)} keys with ${CALLERS} callers`);
    const seconds = await fill(run, server.grpcAddress, server.pid);
    run.say("waiting until all of it is applied");
    await applied(server.adminAddress);
    await sleep(REST_MS);
    const result = {
      keys,
      keyBytes: KEY_BYTES,
      seconds,
      anonymousBytes: { empty, peak, atRest: anonymousBytesOf(server.pid) },
      diskBytes: {
        records: diskBytes(join(server.dataDir, "records")),
        journal: diskBytes(join(server.dataDir, "journal")),
      },
    };
    await server.dispose();
    return result;
  } finally {
    clearInterval(sampler);
  }
}

async function fill(run: BenchRun, address: string, serverPid: number): Promise<number> {
  const plan = {
    target: { kind: "claimd", address },
    serverPid,
    orders: [{ type: "fill", callers: CALLERS, keys: run.options.keys }],
  } as const;
  for await (const answer of generate(run.belongings, plan, run.environment)) {
    if (answer.type === "filled") return answer.filled.seconds;
  }
  throw new Error("the generator did not fill the store");
}

/** Asks the server's own metrics whether records are left that LevelDB does not have. */
async function applied(adminAddress: string): Promise<void> {
  const untilMs = performance.now() + APPLIED_WITHIN_MS;
  while (performance.now() < untilMs) {
    const response = await fetch(`http://${adminAddress}/metrics`);
    const found = /^claimd_overlay_records(?:\{\})? (\S+)$/m.exec(await response.text())?.[1];
    if (found === undefined) throw new Error("the metrics don't say what is left to apply");
    if (Number(found) === 0) return;
    await sleep(SAMPLE_MS);
  }
  throw new Error(`not everything was applied within ${APPLIED_WITHIN_MS} ms`);
}
