/**
 * A disk that fails or fills up: never a wrong answer, never a lost answered write. A failed
 * journal ends the process, which comes back by replay; low space stops grants and nothing else.
 */
import { execFileSync } from "node:child_process";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { afterAll, expect, it } from "vitest";
import { failFile, limitFileSize, openJournal, writtenBytes } from "./support/faults.ts";
import type { Answer } from "./support/command.ts";
import { History } from "./support/history.ts";
import { KeyAsker, sleep } from "./support/key-asker.ts";
import { Load } from "./support/load.ts";
import { problemsOf, putLoadNamespaces, sendAgain, transportsOf } from "./support/load-run.ts";
import { endServers } from "./support/server-process.ts";
import { seededRandom, testSeed } from "./support/seed.ts";
import { describeWith, NEEDS } from "./support/services.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";
import { endNodes, TestNode } from "./support/test-node.ts";
import { unary } from "./support/transports.ts";
import { endDisks, newBacking, VolatileDisk } from "./support/volatile-disk.ts";

const MIB = 1024 * 1024;
const CALLERS = 32;
const seed = testSeed();
const mounts: string[] = [];
afterAll(async () => {
  await endServers();
  for (const path of mounts) execFileSync("umount", ["-l", path]);
  await endNodes();
  await endDisks();
});

/**
 * A fault under load: the process must end with an error, and everything answered be there after.
 */
async function survives(
  inject: (node: TestNode) => Promise<unknown>,
  heal: () => Promise<void> = () => Promise.resolve(),
  dataDir = temporaryDirectory(),
): Promise<void> {
  const random = seededRandom(seed);
  const history = new History();
  const load = new Load({ random, history });
  const node = await TestNode.start({ dataDir });
  await putLoadNamespaces(node);
  const transports = transportsOf(node.claims, 3000);
  load.start(transports, CALLERS);
  await load.answers(100);
  await inject(node);
  const exit = await node.server.waitForExit(30_000);
  expect(exit).toEqual({ code: 1, signal: null });
  expect(node.server.stderr).toMatch(/journal/i);
  expect(node.server.stderr).toMatch(/EIO|EFBIG|short|ENOSPC/);
  await load.stop();
  for (const transport of transports) transport.close();
  await heal();
  await node.restart();
  await sendAgain(node, load, history, random);
  expect(problemsOf(history)).toEqual([]);
  expect(await node.stop()).toEqual({ code: 0, signal: null });
}

describeWith("a journal that can't be written", [NEEDS.strace, NEEDS.root], () => {
  it.each(["write", "sync"] as const)(`fails its %s under load (seed ${seed})`, async (what) => {
    await survives(({ server: { pid } }) => failFile(pid, openJournal(pid), what));
  });
});

describeWith("a journal whose write is cut short", [NEEDS.prlimit], () => {
  it(`ends the process and nothing is lost (seed ${seed})`, async () => {
    await survives(({ server: { pid } }) => {
      limitFileSize(pid, writtenBytes(openJournal(pid).path) + 3000);
      return Promise.resolve();
    });
  });
});

describeWith("a disk that fails a sync", [NEEDS.mount, NEEDS.fuse], () => {
  it(`under load ends the process and loses nothing (seed ${seed})`, async () => {
    const disk = await VolatileDisk.mount(newBacking());
    // All of them for a moment: one alone may be the records', which are written again.
    await survives(
      () => disk.fail("sync", 20),
      () => disk.fail("sync", 0),
      join(disk.path, "data"),
    );
  });
});

describeWith("a disk that fills up", [NEEDS.mount], () => {
  const tmpfs = (size: string): string => {
    const path = temporaryDirectory("claimd-tmpfs");
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path]);
    mounts.push(path);
    return path;
  };
  const free = (path: string): number => {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  };
  const until = async (what: string, met: () => Promise<boolean>): Promise<void> => {
    const last = performance.now() + 20_000;
    while (!(await met())) {
      if (performance.now() > last) throw new Error(`never: ${what}`);
      await sleep(100);
    }
  };

  it("refuses grants, settles, answers duplicates, and goes on by itself", async () => {
    const path = tmpfs("256m");
    const node = await TestNode.start({
      dataDir: join(path, "data"),
      env: { CLAIMD_MIN_FREE_BYTES: `${32 * MIB}`, CLAIMD_MIN_FREE_PERCENT: "0" },
    });
    await node.put({ name: "n" });
    const key = (): KeyAsker => new KeyAsker(unary(node.claims), "n");
    const running = key();
    const done = key();
    const { fencingToken } = await running.claim();
    await done.claim();
    await done.complete();
    const filler = join(path, "filler");
    writeFileSync(filler, Buffer.alloc(free(path) - 16 * MIB));
    const refused = async (): Promise<boolean> => {
      const { on, own: claimId, transport } = key();
      const answer = await transport.ask({ verb: "CLAIM", ...on, claimId });
      if (answer.kind !== "error") return false;
      expect(answer).toMatchObject({ code: 8, reason: "DISK_FULL" });
      expect(answer.retryAfterMs).toBeGreaterThan(0);
      return true;
    };
    await until("grants are refused", refused);
    expect((await node.stats()).storage).toMatchObject({ grantsRefused: true });
    expect(await running.claim()).toMatchObject({ status: "GRANTED", fencingToken });
    expect(await running.claim(running.other)).toMatchObject({ status: "IN_PROGRESS" });
    expect(await done.claim(done.other)).toMatchObject({ status: "COMPLETED" });
    expect(await running.extend()).toMatchObject({ status: "APPLIED" });
    expect(await running.complete()).toMatchObject({ status: "APPLIED" });
    expect(await running.claim(running.other)).toMatchObject({ status: "COMPLETED" });
    rmSync(filler);
    await until("grants go on", async () => !(await refused()));
    expect((await node.stats()).storage).toMatchObject({ grantsRefused: false });
    expect(await node.stop()).toEqual({ code: 0, signal: null });
  });

  it(`to the last byte loses nothing that was answered (seed ${seed})`, async () => {
    const path = tmpfs("160m");
    const env = { CLAIMD_MIN_FREE_BYTES: "0", CLAIMD_MIN_FREE_PERCENT: "0" };
    const random = seededRandom(seed);
    const history = new History();
    const load = new Load({ random, history });
    const node = await TestNode.start({ dataDir: join(path, "data"), env });
    await putLoadNamespaces(node);
    await node.put({ name: "bulk", resultMaxBytes: 512 * 1024 });
    const transports = transportsOf(node.claims, 1000);
    load.start(transports, CALLERS);
    await load.answers(100);
    const filler = join(path, "filler");
    writeFileSync(filler, Buffer.alloc(Math.max(0, free(path) - MIB)));
    // Large results eat what is left, and what the journal has prepared.
    const result = { data: random.bytes(300 * 1024) };
    const bulk = async (): Promise<Answer> => {
      const { on, own: claimId, transport } = new KeyAsker(unary(node.claims, 1000), "bulk");
      await transport.ask({ verb: "CLAIM", ...on, claimId });
      return await transport.ask({ verb: "COMPLETE", ...on, claimId, result });
    };
    for (let round = 0; round < 4; round++) await Promise.all(Array.from({ length: 20 }, bulk));
    await sleep(500);
    await load.stop();
    for (const transport of transports) transport.close();
    rmSync(filler);
    // It may have ended, but only by itself and with an error.
    const exit = await Promise.race([node.server.exited, Promise.resolve(undefined)]);
    if (exit !== undefined) expect(exit).toEqual({ code: 1, signal: null });
    await node.restart();
    await sendAgain(node, load, history, random);
    expect(problemsOf(history)).toEqual([]);
    expect(await new KeyAsker(unary(node.claims), "long").claim()).toMatchObject({ attempt: 1 });
    expect(await node.stop()).toEqual({ code: 0, signal: null });
  });
});
