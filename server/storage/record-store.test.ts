import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  completed,
  namespaceOf,
  running,
  temporaryFolder,
  TestNode,
  type TestNodeOptions,
} from "./test/test-node.ts";

const NAMESPACE = namespaceOf(1, "payments");

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let path: string;
const opened: TestNode[] = [];

beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder.path, "records");
});

afterEach(async () => {
  for (const node of opened.splice(0)) await node.close();
  await folder[Symbol.asyncDispose]();
});

async function open(options: Partial<TestNodeOptions> = {}): Promise<TestNode> {
  const node = await TestNode.open({ path, ...options });
  opened.push(node);
  return node;
}

describe("a listing", () => {
  it("has every record once, by prefix, what LevelDB does not have yet included", async () => {
    const node = await open();
    await node.putNamespace(1, NAMESPACE);
    const keys = Array.from({ length: 2500 }, (_, at) => `key-${at}`);
    for (let from = 0; from < keys.length; from += 250) {
      const part = keys.slice(from, from + 250);
      await node.turn(
        NAMESPACE,
        part.map((key) => [key, running(1, node.nowMs)] as const),
      );
    }
    await node.turn(NAMESPACE, [
      ["key-7", "removed"],
      ["other", completed(1, node.nowMs)],
    ]);
    const listed = async (prefix: string): Promise<string[]> => {
      const found: string[] = [];
      const ref = { namespaceId: 1, classes: NAMESPACE.classes };
      for await (const { key } of node.store.list(ref, Buffer.from(prefix))) {
        found.push(key.toString());
      }
      return found.sort();
    };
    const stored = [...keys.filter((key) => key !== "key-7"), "other"].sort();
    expect(await listed("")).toEqual(stored);
    expect(await listed("key-24")).toEqual(stored.filter((key) => key.startsWith("key-24")));
    expect(await listed("other")).toEqual(["other"]);
    expect(await listed("nothing")).toEqual([]);
  });

  it("does not miss a key that moves to the next slice meanwhile", async () => {
    const node = await open();
    await node.putNamespace(1, NAMESPACE);
    await node.turn(NAMESPACE, [
      ["a", running(1, node.nowMs)],
      ["b", running(1, node.nowMs)],
    ]);
    node.advance(130_000);
    await node.turn(NAMESPACE, [["c", running(1, node.nowMs)]]);
    const found: string[] = [];
    const ref = { namespaceId: 1, classes: NAMESPACE.classes };
    for await (const { key } of node.store.list(ref, Buffer.of())) {
      if (found.length === 0) {
        await node.turn(NAMESPACE, [["b", completed(1, node.nowMs)]]);
        await node.store.flush();
      }
      found.push(key.toString());
    }
    expect(new Set(found)).toEqual(new Set(["a", "b", "c"]));
  });
});

describe("a record", () => {
  it("is found from the moment it is staged on, and still when LevelDB alone has it", async () => {
    const node = await open();
    await node.putNamespace(1, NAMESPACE);
    await node.turn(NAMESPACE, [["a", running(1, node.nowMs)]]);
    expect((await node.get(NAMESPACE, "a"))?.state).toBe("IN_PROGRESS");
    await node.store.flush();
    expect(node.store.stats.overlayRecords).toBe(0);
    expect((await node.get(NAMESPACE, "a"))?.state).toBe("IN_PROGRESS");
    await node.turn(NAMESPACE, [["a", completed(1, node.nowMs)]]);
    await node.store.flush();
    expect((await node.get(NAMESPACE, "a"))?.state).toBe("COMPLETED");
    expect(node.store.counts(1).records).toBe(1);
    await node.turn(NAMESPACE, [["a", "removed"]]);
    expect(await node.get(NAMESPACE, "a")).toBeUndefined();
    await node.store.flush();
    expect(await node.get(NAMESPACE, "a")).toBeUndefined();
    expect(node.store.counts(1)).toEqual({ records: 0, bytes: 0 });
  });

  it("is there after a clean stop, counts, namespaces and tokens as well", async () => {
    const node = await open();
    await node.putNamespace(1, NAMESPACE);
    await node.turn(NAMESPACE, [
      ["a", running(1, node.nowMs)],
      ["b", completed(1, node.nowMs)],
    ]);
    const before = node.store.counts(1);
    await node.close();
    const again = await open({ directory: node.directory });
    expect((await again.get(NAMESPACE, "a"))?.state).toBe("IN_PROGRESS");
    expect((await again.get(NAMESPACE, "b"))?.state).toBe("COMPLETED");
    expect(again.store.counts(1)).toEqual(before);
    expect(again.store.namespaces.get(1)).toEqual(NAMESPACE);
    expect(again.store.nextNamespaceId).toBe(2);
    expect(again.store.partitions.tokenOf(0)).toBeGreaterThanOrEqual(2 ** 20);
    await again.store.rebuilt();
    expect(again.damage).toEqual([]);
    expect(again.store.unsettled.complete).toBe(true);
    expect(again.store.unsettled.size).toBe(1);
    expect((await again.get(NAMESPACE, "a"))?.state).toBe("IN_PROGRESS");
    expect(await again.get(NAMESPACE, "c")).toBeUndefined();
  });
});
