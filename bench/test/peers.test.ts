/**
 * Every peer as a comparison takes it: a real server on a folder of its own, asked through its
 * target. Who isn't installed is skipped by name.
 */
import { readdirSync } from "node:fs";
import { afterAll, expect, it, onTestFinished } from "vitest";
import { describeWith } from "../../server/test/support/services.ts";
import { PEERS, SERVICE_NAMES, type ServiceName } from "../peers/peer-names.ts";
import { openPeer, STORE_ADDRESSES } from "../peers/peer-target.ts";
import type { RunningService } from "../peers/service.ts";
import { SERVICES } from "../peers/services.ts";
import { Belongings } from "../support/belongings.ts";
import { keyText, newKeyRun } from "../support/key-text.ts";
import { cpuSecondsOf } from "../support/process-usage.ts";
import type { Target } from "../support/target.ts";
import { temporaryFolder } from "./support/started-program.ts";

const belongings = new Belongings();
afterAll(() => belongings.release());

async function started(
  name: ServiceName,
): Promise<{ readonly service: RunningService; readonly folder: string }> {
  const folder = temporaryFolder();
  const service = await SERVICES[name].start(belongings, folder);
  // A second time where the test has ended it itself.
  onTestFinished(() => service.stop());
  return { service, folder };
}

async function firsts(target: Target, keys: readonly string[]): Promise<number> {
  const answers = await Promise.all(keys.map((key) => target.claim(key)));
  const isFirst = (answer: unknown): boolean => target.isFirst?.(answer) ?? answer === true;
  return answers.filter(isFirst).length;
}

for (const name of SERVICE_NAMES) {
  const { program } = SERVICES[name];
  const need = { what: program, met: () => SERVICES[name].version() !== undefined };
  describeWith(`${name} as a peer`, [need], () => {
    const stores = Object.values(PEERS)
      .filter(({ service }) => service === name)
      .flatMap((peer) => peer.stores);

    it("says which version it is", () => {
      expect(SERVICES[name].version()).toMatch(/^\d+\.\d+/);
    });

    it.each(stores)("tells the first claim of a key from later ones, as %s", async (store) => {
      const { service } = await started(name);
      const filled: number[] = [];
      await service.fill?.(1000, (done) => filled.push(done));
      expect(filled.at(-1)).toBe(service.fill === undefined ? undefined : 1000);
      const target = openPeer(STORE_ADDRESSES[store](service.port));
      const run = newKeyRun();
      const keys = Array.from({ length: 300 }, (_, number) => keyText(run, number));
      expect(await firsts(target, keys)).toBe(300);
      expect(await firsts(target, keys)).toBe(0);
      const others = Array.from({ length: 30 }, (_, number) => keyText(newKeyRun(), number));
      const atOnce = others.flatMap((key) => [key, key, key]);
      expect(await firsts(target, atOnce)).toBe(30);
      await target.close();
    });

    it("is ended with its folder", async () => {
      const { service, folder } = await started(name);
      expect(cpuSecondsOf(service.pid)).toBeGreaterThanOrEqual(0);
      await service.stop();
      expect(cpuSecondsOf(service.pid)).toBeUndefined();
      expect(readdirSync(folder)).toEqual([]);
    });
  });
}
