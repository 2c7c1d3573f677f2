/** What the replicas of a member want written, on its way into the journal. */
import { expect, it } from "vitest";
import { Namespace } from "../../shard/namespace.ts";
import type { ClaimRecord } from "../../storage/claim-record.ts";
import { encodeRecord } from "../../storage/record-format.ts";
import { MemberNodes } from "../../storage/test/member-nodes.ts";
import { type MemberTurns, NAMESPACE } from "../../storage/test/member-turns.ts";
import { completed } from "../../storage/test/test-node.ts";
import { type MemberWrite, MemberWrites } from "./member-writes.ts";

const PARTITION = 3;
const KEY = Buffer.from(`${PARTITION}/key`);

function writesOf({ node, change }: MemberTurns, synced: () => void): MemberWrites {
  const namespace = new Namespace(NAMESPACE.id, NAMESPACE.policy, NAMESPACE.classes);
  return new MemberWrites({
    store: node.store,
    nowMs: () => node.nowMs,
    change,
    namespace: () => namespace,
    refreshNamespaces: () => Promise.resolve(),
    synced,
    onFatal: (error) => {
      throw error;
    },
  });
}

function entry(index: number, epoch: number, record: ClaimRecord): MemberWrite {
  const encoded = Buffer.from(encodeRecord(record, KEY));
  const payload = { namespaceId: NAMESPACE.id, key: KEY, record: encoded, token: record.token };
  return { type: "entries", entries: [{ index, epoch, stampMs: 1, payload }] };
}

it("replaces what LevelDB has where what was pending is cut in the same frame", async () => {
  await using nodes = await MemberNodes.create();
  const turns = await nodes.open();
  const { store, nowMs } = turns.node;
  await turns.join(PARTITION, 1);
  await turns.write(PARTITION, [{ key: "key", record: completed(1, nowMs), epoch: 1 }]);
  await turns.commit(PARTITION);
  await store.flush();
  expect(store.counts(NAMESPACE.id).records).toBe(1);
  await turns.write(PARTITION, [{ key: "key", record: completed(2, nowMs), epoch: 1 }]);

  await new Promise<void>((synced) => {
    const cut: MemberWrite = { type: "cut", from: { index: 2, epoch: 1 } };
    writesOf(turns, synced).add(PARTITION, 1, [cut, entry(2, 2, completed(3, nowMs))]);
  });
  await turns.change((frame) => {
    store.replicated.commit(frame, PARTITION, 2);
  });
  expect((await turns.seen(PARTITION, ["key"]))[0]?.token).toBe(3);
  expect(store.counts(NAMESPACE.id).records, "one key, one record").toBe(1);
});
