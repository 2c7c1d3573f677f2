/**
 * The power goes while a loaded server writes to a disk that forgets what was not synced: nothing
 * that was answered is lost, nothing is granted twice. A SIGKILL alone could not show this.
 */
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { History } from "./support/history.ts";
import { sleep } from "./support/key-asker.ts";
import { Load } from "./support/load.ts";
import { problemsOf, putLoadNamespaces, sendAgain, transportsOf } from "./support/load-run.ts";
import { rounds, seededRandom, testSeed } from "./support/seed.ts";
import { describeWith, NEEDS } from "./support/services.ts";
import { endNodes, TestNode } from "./support/test-node.ts";
import { endDisks, newBacking, VolatileDisk } from "./support/volatile-disk.ts";

const ROUNDS = rounds("CLAIMD_POWER_ROUNDS", 5);
const CALLERS = 32;
const seed = testSeed();
afterAll(async () => {
  await endNodes();
  await endDisks();
});

describeWith("a power cut under load", [NEEDS.mount, NEEDS.fuse], () => {
  it(
    `loses nothing that was answered in ${ROUNDS} rounds (seed ${seed})`,
    async () => {
      const random = seededRandom(seed);
      const history = new History();
      const load = new Load({ random, history });
      const backing = newBacking();
      for (let round = 0; round < ROUNDS; round++) {
        const disk = await VolatileDisk.mount(backing);
        const node = await TestNode.start({ dataDir: join(disk.path, "data") });
        if (round === 0) await putLoadNamespaces(node);
        await sendAgain(node, load, history, random);
        const checked = round < 10 || round % 10 === 0;
        if (checked) expect(problemsOf(history), `round ${round}`).toEqual([]);
        const transports = transportsOf(node.claims, 3000);
        load.start(transports, CALLERS);
        await load.answers(random.below(200));
        await sleep(random.below(300));
        // Sometimes the server outlives its disk for a moment: it must not answer from memory.
        const dies = node.server.kill("SIGKILL");
        if (random.chance(0.5)) await dies;
        await disk.powerCut();
        await dies;
        await load.stop();
        for (const transport of transports) transport.close();
      }
      const disk = await VolatileDisk.mount(backing);
      const node = await TestNode.start({ dataDir: join(disk.path, "data") });
      await sendAgain(node, load, history, random);
      expect(problemsOf(history)).toEqual([]);
      expect(load.answered).toBeGreaterThan(ROUNDS * 10);
      expect(await node.stop()).toEqual({ code: 0, signal: null });
    },
    60_000 + ROUNDS * 30_000,
  );

  it("under a server whose disk is gone is never answered from memory", async () => {
    const random = seededRandom(seed + 1);
    const history = new History();
    const load = new Load({ random, history });
    const backing = newBacking();
    const disk = await VolatileDisk.mount(backing);
    const node = await TestNode.start({ dataDir: join(disk.path, "data") });
    await putLoadNamespaces(node);
    const transports = transportsOf(node.claims, 3000);
    load.start(transports, CALLERS);
    await load.answers(100);
    await disk.powerCut();
    const exit = await node.server.waitForExit(20_000);
    expect(exit.code).not.toBe(0);
    await load.stop();
    const { path } = await VolatileDisk.mount(backing);
    const again = await TestNode.start({ dataDir: join(path, "data") });
    await sendAgain(again, load, history, random);
    expect(problemsOf(history)).toEqual([]);
    expect(await again.stop()).toEqual({ code: 0, signal: null });
  });
});
