/** What a member answers of a partition that another one leads. */
import { keyHash } from "@claimd/proto";
import { expect, it } from "vitest";
import type { Reply } from "../claim/reply.ts";
import { PARTITIONS } from "../limits.ts";
import { FrameBuilder } from "../storage/journal-frame.ts";
import type { StoredRecord } from "../storage/record-store.ts";
import { MemberNodes } from "../storage/test/member-nodes.ts";
import { type MemberTurns, NAMESPACE } from "../storage/test/member-turns.ts";
import { completed } from "../storage/test/test-node.ts";
import type { Leadership } from "./leadership.ts";
import { Namespace } from "./namespace.ts";
import { ParkedClaims } from "./parked.ts";
import { claimBy, RecordingAsker, waitingFor } from "./test/samples.ts";
import { TurnDecider } from "./turn.ts";

const AWAY = { type: "refused", code: "NOT_LEADER", message: "", retryAfterMs: 0 } as const;
const FOLLOWING: Leadership = {
  epochOf: () => undefined,
  maxClockOffsetMs: 500,
  outageOf: () => undefined,
  floorMs: () => 0,
  refusal: () => AWAY,
  beginFrame: () => undefined,
  propose: () => undefined,
  proposedAreDurable: () => undefined,
  askRound: () => 0,
  commit: () => 0,
  confirmedRound: () => 0,
  onProgress: () => undefined,
};

/** Its name starts with its partition, as the names of MemberTurns do. */
function someKey(): { readonly partition: number; readonly name: string } {
  for (let n = 0; ; n++) {
    const partition = n % PARTITIONS;
    const key = Buffer.from(`${partition}/key-${n}`);
    if (keyHash(NAMESPACE.policy.name, key) % PARTITIONS === partition) {
      return { partition, name: `key-${n}` };
    }
  }
}

async function claimed({ node: { store, nowMs } }: MemberTurns, key: string): Promise<Reply> {
  const conditions = {
    diskLow: () => false,
    pressure: () => "none" as const,
    hasRoomFor: () => true,
    stored: () => ({ records: 0, bytes: 0 }),
  };
  const parked = new ParkedClaims(
    () => nowMs,
    () => undefined,
  );
  const around = { outage: undefined, leadership: FOLLOWING, onDouble: () => undefined };
  const decider = new TurnDecider({ store, parked, conditions, ...around });
  const namespace = new Namespace(NAMESPACE.id, NAMESPACE.policy, NAMESPACE.classes);
  const asker = new RecordingAsker();
  const waiting = waitingFor({ key, namespace, asker, command: claimBy(7) }, nowMs);
  const loaded = new Map<string, StoredRecord>();
  const [found] = await store.read([waiting], nowMs);
  if (found !== undefined) loaded.set(waiting.id, found);
  decider.decideAll([waiting], loaded, new FrameBuilder(), nowMs).send();
  return asker.replies.get(0) as Reply;
}

it("is COMPLETED of a committed record, until something of its key is pending", async () => {
  await using nodes = await MemberNodes.create();
  const turns = await nodes.open();
  const { partition, name } = someKey();
  const key = `${partition}/${name}`;
  await turns.join(partition, 1);
  await turns.write(partition, [{ key: name, record: completed(1, turns.node.nowMs), epoch: 1 }]);
  expect(await claimed(turns, key), "not committed").toBe(AWAY);
  await turns.commit(partition);
  expect(await claimed(turns, key)).toMatchObject({ status: "COMPLETED", attempt: 1 });
  await turns.write(partition, [{ key: name, record: undefined, epoch: 1 }]);
  expect(await claimed(turns, key), "a Forget may have been answered").toBe(AWAY);
  await turns.commit(partition);
  expect(await claimed(turns, key), "forgotten").toBe(AWAY);
});
