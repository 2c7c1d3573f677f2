/**
 * The one store of `bench capacity`: filled further and further, killed and started again.
 *
 * It has a second namespace beside the bench's own, with a window of seconds, so that the slices of
 * its keys last two minutes and are dropped two slices later.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ClaimdProcess, startClaimd } from "../support/claimd-process.ts";
import type { ClaimdAddress } from "../support/claimd-target.ts";
import { type LoadGenerator, startGenerator } from "../support/generator.ts";
import { anonymousBytesOf } from "../support/process-usage.ts";
import { SteadyLoad } from "../support/steady-load.ts";
import { fixed, grouped } from "../support/table.ts";
import {
  type Rate,
  type ServerSample,
  type WatchedServer,
  watchServer,
} from "../support/timeline.ts";
import type { BenchRun } from "./bench-run.ts";

export const SHORT_NAMESPACE = "bench-short";
export const SHORT_WINDOW_MS = 10_000;
const SHORT_POLICY = {
  name: SHORT_NAMESPACE,
  windowMs: SHORT_WINDOW_MS,
  leaseMs: 1000,
  maxLeaseMs: 1000,
};

const MIB = 2 ** 20;
const FILLING_CALLERS = 1024;
const SAY_EVERY_SECONDS = 5;
const MEMORY_EVERY_MS = 100;
const LOOK_EVERY_MS = 500;
/** So many looks at a folder that does not change: LevelDB has compacted what it wants to. */
const UNCHANGED_LOOKS = 6;
const AT_REST_WITHIN_MS = 120_000;

export interface Filling {
  readonly filled: Rate;
  /** RssAnon; undefined where there is no /proc. */
  readonly peakBytes: number | undefined;
}

export class GrowingStore implements WatchedServer {
  readonly #run: BenchRun;
  readonly #folder: string;
  #server: ClaimdProcess;

  private constructor(run: BenchRun, folder: string, server: ClaimdProcess) {
    this.#run = run;
    this.#folder = folder;
    this.#server = server;
  }

  static async open(run: BenchRun): Promise<GrowingStore> {
    const folder = run.belongings.temporaryDirectory(run.directory, "claimd-capacity");
    writeFileSync(join(folder, "namespaces.json"), JSON.stringify([SHORT_POLICY]));
    return new GrowingStore(run, folder, await startIn(run, folder));
  }

  get pid(): number {
    return this.#server.pid;
  }

  get adminAddress(): string {
    return this.#server.adminAddress;
  }

  get dataDir(): string {
    return dataIn(this.#folder);
  }

  target(namespace?: string): ClaimdAddress {
    const { grpcAddress: address } = this.#server;
    return { kind: "claimd", address, ...(namespace === undefined ? {} : { namespace }) };
  }

  /** So many new keys, as fast as they go in. */
  async fill(keys: number, namespace?: string): Promise<Filling> {
    const { say } = this.#run;
    const generator = this.#generator(namespace);
    let peakBytes = anonymousBytesOf(this.pid);
    const sampler = setInterval(() => {
      const now = anonymousBytesOf(this.pid);
      if (now !== undefined) peakBytes = Math.max(peakBytes ?? 0, now);
    }, MEMORY_EVERY_MS);
    let claims = 0;
    let told = 0;
    try {
      const order = { type: "fill", callers: FILLING_CALLERS, keys, timeline: true } as const;
      const { seconds } = await generator.fill(order, ({ claimsPerSecond }) => {
        claims += claimsPerSecond;
        if (++told % SAY_EVERY_SECONDS !== 0) return;
        say(`  about ${grouped(claims)} of ${grouped(keys)} keys`);
      });
      await generator.close();
      return { filled: { claimsPerSecond: Math.round(keys / seconds), seconds }, peakBytes };
    } finally {
      clearInterval(sampler);
    }
  }

  /** Samples until one is enough, that one included; says every few seconds what it sees. */
  watch(
    everyMs: number,
    enough: (sample: ServerSample) => boolean,
  ): Promise<readonly ServerSample[]> {
    let saidAtMs = performance.now();
    return watchServer(this, everyMs, (sample) => {
      if (sample.atMs - saidAtMs >= SAY_EVERY_SECONDS * 1000) {
        saidAtMs = sample.atMs;
        this.#run.say(`  ${whatIs(sample)}`);
      }
      return enough(sample);
    });
  }

  /** Waits until everything is applied and the folder does not change any more. */
  async atRest(): Promise<ServerSample> {
    const untilMs = performance.now() + AT_REST_WITHIN_MS;
    let unchanged = 0;
    let diskBytes: number | undefined;
    const samples = await this.watch(LOOK_EVERY_MS, (sample) => {
      const still = sample.overlayRecords === 0 && sample.recordsDiskBytes === diskBytes;
      unchanged = still ? unchanged + 1 : 0;
      diskBytes = sample.recordsDiskBytes;
      return unchanged >= UNCHANGED_LOOKS || sample.atMs > untilMs;
    });
    const last = samples.at(-1);
    if (last === undefined || unchanged < UNCHANGED_LOOKS) {
      throw new Error(`the store was not at rest within ${AT_REST_WITHIN_MS} ms`);
    }
    return last;
  }

  /** Begins at once. */
  load(callers: number): SteadyLoad {
    return new SteadyLoad(this.#generator(), callers);
  }

  kill(): Promise<void> {
    return this.#server.kill();
  }

  /** On the same folder, after `kill`. */
  async start(): Promise<void> {
    this.#server = await startIn(this.#run, this.#folder);
  }

  async dispose(): Promise<void> {
    await this.#server.stop();
    this.#run.belongings.removeDirectory(this.#folder);
  }

  #generator(namespace?: string): LoadGenerator {
    const { belongings, environment } = this.#run;
    const plan = { target: this.target(namespace), serverPids: [this.pid] };
    return startGenerator(belongings, plan, environment);
  }
}

function whatIs(sample: ServerSample): string {
  return [
    `${grouped(sample.records)} keys`,
    `${fixed(sample.recordsDiskBytes / MIB, 0)} MiB of records`,
    ...(sample.overlayRecords > 0 ? [`${grouped(sample.overlayRecords)} not yet applied`] : []),
    ...(sample.rebuilding ? ["rebuilding"] : []),
    ...(sample.dropping > 0 ? ["dropping"] : []),
  ].join(", ");
}

function dataIn(folder: string): string {
  return join(folder, "data");
}

function startIn({ belongings, environment }: BenchRun, folder: string): Promise<ClaimdProcess> {
  const namespaces = { CLAIMD_NAMESPACES: join(folder, "namespaces.json") };
  return startClaimd(belongings, {
    dataDir: dataIn(folder),
    environment: { ...environment, ...namespaces },
  });
}
