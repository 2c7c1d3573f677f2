import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { PARTITIONS } from "../../limits.ts";
import { completed, namespaceOf, TestNode, temporaryFolder } from "../../storage/test/test-node.ts";
import { adoptData } from "./adopted-data.ts";
import { recoveredFrom } from "./recovered-replica.ts";

const NAMESPACE = namespaceOf(1, "payments");
const NAMES = Array.from({ length: 300 }, (_, at) => `k${at}`);

it("makes a single node's data a member's, which no crash takes away", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "records");
  let node = await TestNode.open({ path });
  const { directory } = node;
  await node.putNamespace(1, NAMESPACE);
  await node.turn(
    NAMESPACE,
    NAMES.map((name, at) => [name, completed(at + 1, node.nowMs)] as const),
  );
  const indexes = [...node.store.partitions.index];
  await node.close();
  for (const adopted of [false, true, true]) {
    // LevelDB has lost everything that the journal still has.
    await rm(path, { recursive: true, force: true });
    node = await TestNode.open({ path, directory, member: true });
    const { store, journal } = node;
    if (adopted) expect([...store.partitions.join]).toEqual(new Array(PARTITIONS).fill(1));
    await adoptData(store, journal, node.nowMs);
    expect([...store.partitions.index]).toEqual(indexes);
    const records = await node.getAll(NAMESPACE, NAMES);
    expect(records.filter((each) => each?.state === "COMPLETED")).toHaveLength(NAMES.length);
    const { recovered, pending } = recoveredFrom(store, indexes.indexOf(Math.max(...indexes)));
    expect(recovered).toMatchObject({ join: 1, promised: 0, commit: Math.max(...indexes) });
    expect(pending).toEqual([]);
    await node.close();
  }
});
