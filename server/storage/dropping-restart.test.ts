import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MemoryLogDirectory } from "./memory-log-directory.ts";
import type { Outage } from "./outage.ts";
import {
  completed,
  namespaceOf,
  temporaryFolder,
  TestNode,
  type TestNodeOptions,
} from "./test/test-node.ts";

const NAMESPACE = namespaceOf(1, "payments");
const MINUTE_MS = 60_000;
/** Little journal is retained: it has the end of what a generation went through, not all of it. */
const SMALL = { segmentBytes: 8192, writeBufferBytes: 1024 };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let path: string;
const opened: TestNode[] = [];
let directory: MemoryLogDirectory;

beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder.path, "records");
  directory = new MemoryLogDirectory();
});

afterEach(async () => {
  for (const node of opened.splice(0)) await node.close();
  await folder[Symbol.asyncDispose]();
});

async function open(options: Partial<TestNodeOptions> = {}): Promise<TestNode> {
  const node = await TestNode.open({ path, directory, layerMs: 1, ...SMALL, ...options });
  opened.push(node);
  return node;
}

async function busy(node: TestNode): Promise<void> {
  const from = node.journal.firstSequence;
  const keys = Array.from({ length: 40 }, (_, at) => `key-${at}`);
  while (node.journal.firstSequence < from + 100) {
    await node.turn(
      NAMESPACE,
      keys.map((key) => [key, completed(1, node.nowMs)] as const),
    );
    await node.store.flush();
  }
}

describe("a generation that was dropped", () => {
  it("is not brought back by an outage that began before it was over", async () => {
    const node = await open();
    await node.store.rebuilt();
    await node.putNamespace(1, NAMESPACE);
    await busy(node);
    const stoppedAtMs = node.nowMs;
    node.advance(7 * MINUTE_MS);
    node.store.dropOver();
    await node.store.dropped();
    await node.close();
    const resumedAtMs = node.nowMs + 1000;
    const again = await open({ startMs: resumedAtMs, outage: { stoppedAtMs, resumedAtMs } });
    await again.store.rebuilt();
    expect(again.damage).toEqual([]);
  });

  it("is not brought back by an outage that followed another one", async () => {
    const node = await open();
    await node.putNamespace(1, NAMESPACE);
    await busy(node);
    const first: Outage = { stoppedAtMs: node.nowMs, resumedAtMs: node.nowMs + 1000 };
    await node.close();
    const next = await open({ startMs: first.resumedAtMs, outage: first });
    next.advance(10 * MINUTE_MS);
    await next.turn(NAMESPACE, [["late", completed(1, next.nowMs)]]);
    next.store.dropOver();
    await next.store.dropped();
    expect(next.store.stats.drops.records).toBeGreaterThan(0);
    const stoppedAtMs = next.nowMs;
    await next.close();
    const resumedAtMs = stoppedAtMs + 1000;
    const outage = { stoppedAtMs, resumedAtMs, earlier: first };
    const again = await open({ startMs: resumedAtMs, outage });
    await again.store.rebuilt();
    expect(again.damage).toEqual([]);
    expect(again.store.stats.generations).toBe(1);
  });
});

describe("a namespace that was dropped", () => {
  it("lets a start replay a removal whose record is no longer retained", async () => {
    const node = await open();
    const other = namespaceOf(2, "orders");
    await node.putNamespace(1, NAMESPACE);
    await node.putNamespace(2, other);
    await node.turn(other, [["first", completed(1, node.nowMs)]]);
    await busy(node);
    await node.turn(other, [["first", "removed"]]);
    await node.putNamespace(2, undefined);
    await node.store.dropped();
    await node.close();
    const again = await open({ startMs: node.nowMs });
    await again.store.rebuilt();
    await again.store.dropped();
    expect(again.damage).toEqual([]);
    expect(again.store.counts(1).records).toBe(40);
    expect(again.store.counts(2).records).toBe(0);
  });
});
