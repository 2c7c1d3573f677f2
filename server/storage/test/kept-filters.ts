/**
 * Nodes whose runs are full after a few keys, so that filters are kept in files: for tests of what
 * becomes of these.
 */
import { readdir } from "node:fs/promises";
import { ClassicLevel } from "classic-level";
import { expect } from "vitest";
import type { ClaimRecord } from "../claim-record.ts";
import type { MemoryLogDirectory } from "../memory-log-directory.ts";
import { ALL_FILTER_MARKS, parseFilterMarkKey } from "../record-key.ts";
import { completed, namespaceOf, TestNode, type TestNodeOptions } from "./test-node.ts";

export const NAMESPACE = namespaceOf(1, "payments", 3_600_000);
const RUN_KEYS = { first: 8, most: 8 };

export function openNode(options: TestNodeOptions): Promise<TestNode> {
  return TestNode.open({ runKeys: RUN_KEYS, layerMs: 1, ...options });
}

export type Model = Map<string, ClaimRecord | undefined>;

/** New keys, one turn each. */
export async function claim(
  node: TestNode,
  model: Model,
  name: string,
  keys: number,
): Promise<void> {
  for (let at = 0; at < keys; at += 1) {
    const key = `${name}-${at}`;
    const record = completed(1000 + at, node.nowMs, 3_600_000);
    await node.turn(NAMESPACE, [[key, record]]);
    model.set(key, record);
  }
}

export async function expectModel(node: TestNode, model: Model, what = ""): Promise<void> {
  const found = await node.getAll(NAMESPACE, [...model.keys()]);
  expect(found, what).toEqual([...model.values()]);
}

/** The same as a start sees it, before its scan and after; damage would have ended the node. */
export async function expectAfterStart(node: TestNode, model: Model): Promise<void> {
  await expectModel(node, model);
  await node.store.rebuilt();
  expect(node.damage).toEqual([]);
  await expectModel(node, model, "scanned");
}

export async function filesOf(records: string): Promise<string[]> {
  return (await readdir(`${records}-filters`)).sort();
}

/** Changes a closed LevelDB behind its back. */
export async function withLevel(
  records: string,
  change: (level: ClassicLevel<Buffer, Buffer>) => Promise<void>,
): Promise<void> {
  const level = new ClassicLevel<Buffer, Buffer>(records, {
    keyEncoding: "buffer",
    valueEncoding: "buffer",
  });
  await level.open();
  await change(level);
  await level.close();
}

export const MARKS = {
  gte: ALL_FILTER_MARKS.from as Buffer,
  lt: ALL_FILTER_MARKS.before as Buffer,
};

export async function marksIn(records: string): Promise<number[]> {
  const marks: number[] = [];
  await withLevel(records, async (level) => {
    for await (const [key] of level.iterator(MARKS)) marks.push(parseFilterMarkKey(key));
  });
  return marks;
}

/** Three full runs whose filters are kept, and one more that is not full; the node is closed. */
export async function closedNode(path: string): Promise<{
  readonly directory: MemoryLogDirectory;
  readonly startMs: number;
  readonly model: Model;
}> {
  const node = await openNode({ path });
  await node.store.rebuilt();
  const model: Model = new Map();
  await node.putNamespace(1, NAMESPACE);
  await claim(node, model, "first", 28);
  await node.store.filtersKept();
  const { directory, nowMs } = node;
  await node.close();
  return { directory, startMs: nowMs, model };
}
