/**
 * The stores of a comparison: every installed service started and filled, each way of asking it a
 * store. What is not installed is skipped and said.
 */
import { readFileSync } from "node:fs";
import { PEERS, type PeerName, type ServiceName, type StoreName } from "../peers/peer-names.ts";
import { STORE_ADDRESSES } from "../peers/peer-target.ts";
import type { RunningService, Service } from "../peers/service.ts";
import { SERVICES } from "../peers/services.ts";
import type { ComparedService } from "../support/compare-report.ts";
import { startGenerator } from "../support/generator.ts";
import type { Skipped } from "../support/report.ts";
import { fixed, grouped } from "../support/table.ts";
import type { TargetAddress } from "../support/target.ts";
import { type BenchRun, freshClaimd } from "./bench-run.ts";

export interface ComparedStore {
  readonly name: StoreName;
  /** Undefined: claimd itself. */
  readonly peer: PeerName | undefined;
  readonly target: TargetAddress;
  readonly pid: number;
  /** Of the service, which may have several stores; once is enough. */
  readonly stop: () => Promise<void>;
}

export interface OpenedStores {
  readonly stores: ComparedStore[];
  readonly services: ComparedService[];
  readonly skipped: Skipped[];
}

/** Enough that a store is at its best while it is filled. */
const FILLING_CALLERS = 1024;
const SAY_EVERY = 5;

/** Adds what is open at once, so that it can be ended whatever happens to the next. */
export async function openStores(run: BenchRun, opened: OpenedStores): Promise<void> {
  await openClaimd(run, opened);
  const { stores: peers } = run.options;
  const names = new Set(peers.map((peer) => PEERS[peer].service));
  for (const name of names) {
    const service = SERVICES[name];
    const version = service.version();
    if (version === undefined) {
      const why = `${service.program} is not installed`;
      run.say(`${name}: ${why}, skipped`);
      opened.skipped.push({ what: name, why });
      continue;
    }
    const ofIt = peers.filter((peer) => PEERS[peer].service === name);
    await openService(run, opened, { name, service, version, peers: ofIt });
  }
}

async function openClaimd(run: BenchRun, { stores, services }: OpenedStores): Promise<void> {
  const server = await freshClaimd(run);
  const { grpcAddress: address, pid } = server;
  const target = { kind: "claimd", address } as const;
  stores.push({ name: "claimd", peer: undefined, target, pid, stop: () => server.dispose() });
  const [keys = 0] = run.options.keys;
  await fillByClaims(run, "claimd", target, keys);
  const { version } = packageOf("@claimd/server");
  services.push({
    service: "claimd",
    title: "claimd",
    version,
    client: `@claimd/client ${packageOf("@claimd/client").version}`,
    settings: "as npm start runs it",
    durability: "synced before it is answered",
    keysBefore: keys,
  });
}

interface Installed {
  readonly name: ServiceName;
  readonly service: Service;
  readonly version: string;
  readonly peers: readonly PeerName[];
}

async function openService(
  run: BenchRun,
  { stores, services }: OpenedStores,
  { name, service, version, peers }: Installed,
): Promise<void> {
  const running = await service.start(run.belongings, run.directory);
  const opened = peers.flatMap((peer) =>
    PEERS[peer].stores.map((store) => ({
      name: store,
      peer,
      target: STORE_ADDRESSES[store](running.port),
      pid: running.pid,
      stop: () => running.stop(),
    })),
  );
  stores.push(...opened);
  const [keys = 0] = run.options.keys;
  const keysBefore = Math.min(keys, service.mostKeysBefore);
  const [first] = opened;
  if (first !== undefined) await fill(run, name, running, first.target, keysBefore);
  const { title, client, settings, durability } = service;
  services.push({
    service: name,
    title,
    version,
    client: `${client} ${packageOf(client).version}`,
    settings,
    durability,
    keysBefore,
  });
}

async function fill(
  run: BenchRun,
  name: ServiceName,
  running: RunningService,
  target: TargetAddress,
  keys: number,
): Promise<void> {
  if (running.fill === undefined) {
    await fillByClaims(run, name, target, keys);
  } else if (keys > 0) {
    const startedAtMs = performance.now();
    let saidAtMs = startedAtMs;
    await running.fill(keys, (done) => {
      if (performance.now() - saidAtMs < SAY_EVERY * 1000) return;
      saidAtMs = performance.now();
      run.say(`  ${name}: ${grouped(done)} of ${grouped(keys)} keys`);
    });
    sayFilled(run, name, keys, (performance.now() - startedAtMs) / 1000);
  }
}

async function fillByClaims(
  run: BenchRun,
  name: string,
  target: TargetAddress,
  keys: number,
): Promise<void> {
  if (keys === 0) return;
  const generator = startGenerator(run.belongings, { target, serverPids: [] }, run.environment);
  let second = 0;
  let done = 0;
  const order = { type: "fill", callers: FILLING_CALLERS, keys, timeline: true } as const;
  const { seconds } = await generator.fill(order, ({ claimsPerSecond }) => {
    done += claimsPerSecond;
    if (++second % SAY_EVERY !== 0) return;
    run.say(`  ${name}: ${grouped(Math.min(done, keys))} of ${grouped(keys)} keys`);
  });
  await generator.close();
  sayFilled(run, name, keys, seconds);
}

function sayFilled(run: BenchRun, name: string, keys: number, seconds: number): void {
  run.say(`${name} holds ${grouped(keys)} keys, filled in ${fixed(seconds, 1)} s`);
}

/** Found as node finds it; not every package lets its package.json be imported. */
function packageOf(name: string): { readonly version: string } {
  let folder = new URL(".", import.meta.resolve(name));
  for (;;) {
    try {
      const found = JSON.parse(readFileSync(new URL("package.json", folder), "utf8")) as {
        readonly name?: string;
        readonly version: string;
      };
      if (found.name === name) return found;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
    const above = new URL("..", folder);
    if (above.href === folder.href) throw new Error(`${name} has no package.json`);
    folder = above;
  }
}
