/**
 * A store that lives long: keys over many generations, with a clock that runs by itself. Nothing is
 * forgotten early, what is over goes, and the disk gets its space back while turns go on.
 *
 * CLAIMD_EXPIRY_KEYS sets the number of keys, 250,000 if it is not there.
 */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { ClaimRecord } from "../storage/claim-record.ts";
import { seeded } from "../storage/test/journal-fixtures.ts";
import {
  completed,
  namespaceOf,
  temporaryFolder,
  TestNode,
  type Write,
} from "../storage/test/test-node.ts";

const KEYS = Number(process.env["CLAIMD_EXPIRY_KEYS"] ?? 250_000);
const KEYS_A_TURN = 1000;
const GENERATIONS = 25;
const WINDOW_MS = 60_000;
const SLICE_MS = 120_000;
const MIB = 1024 * 1024;
const NAMESPACE = namespaceOf(1, "payments", WINDOW_MS);

async function sizeOf(path: string): Promise<number> {
  const names = (await readdir(path)).filter((name) => name.endsWith(".ldb"));
  const sizes = names.map((name) => stat(join(path, name)).catch(() => ({ size: 0 })));
  return (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
}

it(`forgets none of ${KEYS} keys early over ${GENERATIONS} generations, keeps none`, async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "records");
  const node = await TestNode.open({
    path,
    segmentBytes: 4 * MIB,
    writeBufferBytes: 4 * MIB,
    layerMs: 50,
  });
  const random = seeded(KEYS);
  await node.putNamespace(1, NAMESPACE);
  const turns = Math.ceil(KEYS / KEYS_A_TURN);
  const turnMs = Math.ceil((GENERATIONS * SLICE_MS) / turns);
  /** Of the last windows: when each turn's keys were written. */
  const written: { readonly turn: number; readonly atMs: number }[] = [];
  const keyOf = (turn: number, at: number): string => `order:${turn}:${at}`;
  let most = 0;
  let mostRecords = 0;

  const expectLive = async (): Promise<void> => {
    const live = written.filter(({ atMs }) => node.nowMs < atMs + WINDOW_MS);
    const keys = Array.from({ length: 50 }, () => {
      const { turn } = live[Math.floor(random() * live.length)] as { turn: number };
      return keyOf(turn, Math.floor(random() * KEYS_A_TURN));
    });
    const records = await node.getAll(NAMESPACE, keys);
    const lost = keys.filter((_, at) => records[at] === undefined);
    expect(lost, `at ${node.nowMs}`).toEqual([]);
  };

  for (let turn = 0; turn < turns; turn += 1) {
    const record: ClaimRecord = completed(turn + 1, node.nowMs, WINDOW_MS);
    const writes = Array.from({ length: KEYS_A_TURN }, (_, at): Write => [keyOf(turn, at), record]);
    await node.turn(NAMESPACE, writes);
    written.push({ turn, atMs: node.nowMs });
    if (written.length > 200) written.shift();
    node.advance(turnMs);
    node.store.dropOver();
    if (turn % 10 === 0) await expectLive();
    if (turn % 100 === 0) {
      most = Math.max(most, await sizeOf(path));
      mostRecords = Math.max(mostRecords, node.store.counts(1).records);
    }
  }

  // A slice and the two behind it at most, and what was written since the last look.
  expect(mostRecords).toBeLessThan((KEYS / GENERATIONS) * 5);
  await node.store.dropped();
  expect(node.store.stats.drops.records).toBeGreaterThan(KEYS / 2);
  expect(node.store.stats.generations).toBeLessThanOrEqual(4);

  // Everything but the last slices goes; turns go on meanwhile and see what they should.
  node.advance(10 * SLICE_MS);
  await node.turn(NAMESPACE, []);
  node.store.dropOver();
  for (let turn = 0; turn < 20; turn += 1) {
    await node.turn(NAMESPACE, [[`late:${turn}`, completed(1, node.nowMs, WINDOW_MS)]]);
    expect(await node.get(NAMESPACE, `late:${turn}`)).toBeDefined();
    expect(await node.get(NAMESPACE, keyOf(turns - 1, turn))).toBeUndefined();
  }
  await node.store.dropped();
  await node.store.flush();
  expect(node.store.counts(1).records).toBe(20);
  expect(await sizeOf(path)).toBeLessThan(Math.max(most / 10, MIB));

  // And a start finds it so.
  const { directory, nowMs } = node;
  await node.close();
  const again = await TestNode.open({ path, directory, startMs: nowMs, segmentBytes: 4 * MIB });
  await again.store.rebuilt();
  await again.store.dropped();
  expect(again.damage).toEqual([]);
  expect(again.store.counts(1).records).toBe(20);
  await again.close();
}, 600_000);
