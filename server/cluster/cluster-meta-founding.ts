/**
 * The first record of each partition, made once: by whoever sees enough stores first.
 *
 * An empty cluster is placed by the planner. One that begins with a single node's data has that
 * store as the only replica of everything; the others learn from it and join.
 *
 * A founder may die between any two transactions, and several may work at once: each record is
 * written only where there is none, and the next one plans what is missing around what is there.
 *
 * Must stay true: a partition is founded once; nobody is in sync in a first record who has not got
 * all that the partition has, which is nothing, or the founder's data.
 */
import { assert } from "../errors.ts";
import { PARTITIONS } from "../limits.ts";
import type { ClusterKeys } from "./cluster-keys.ts";
import type { ClusterMeta } from "./cluster-meta.ts";
import type { ClusterState, ClusterView } from "./cluster-view.ts";
import { type Coordinator, type GuardedWrite, MAX_WRITES } from "./coordinator.ts";
import type { PartitionRecord } from "./partition-record.ts";
import { encodePartitionRecord } from "./partition-record-format.ts";
import { recordProblem } from "./partition-record-rules.ts";
import { type Patience, patiently, pauseOrCancel } from "./patience.ts";
import { type Member, plan } from "./planner.ts";

export interface FoundingOptions extends Patience {
  readonly coordinator: Coordinator;
  readonly keys: ClusterKeys;
  readonly view: ClusterView;
  readonly meta: ClusterMeta;
  /** Of this writer, unique. */
  readonly nonce: () => string;
  readonly monotonicMs: () => number;
  /** After it, `minInSync` stores are enough. */
  readonly waitMs?: number;
}

/** Nodes of one cluster are started within it; fewer are no mistake then. */
export const FOUNDING_WAIT_MS = 30_000;

/** More members than a cluster is founded with; any beyond are taken at their word. */
const MOST_GUARDS = 64;

/** Resolves when every partition has a record, whoever made it. Rejects with CANCELLED. */
export async function foundPartitions(options: FoundingOptions): Promise<void> {
  const { coordinator, keys, view, meta, nonce, monotonicMs } = options;
  const { waitMs = FOUNDING_WAIT_MS } = options;
  const startedAtMs = monotonicMs();
  for (;;) {
    await patiently(options, () => view.refresh());
    if (view.partitions.size === PARTITIONS) return;
    const isWaitOver = monotonicMs() - startedAtMs >= waitMs;
    const founders = foundersOf(view, meta, isWaitOver);
    const writes = firstRecords(view, meta, founders, nonce).map(
      ({ partition, record }): GuardedWrite => ({
        key: keys.partition(partition),
        revision: 0,
        value: encodePartitionRecord(record),
      }),
    );
    const guards = founders.slice(0, MOST_GUARDS).map(
      ({ store, revision }): GuardedWrite => ({
        key: keys.store(store),
        revision,
        value: "guard",
      }),
    );
    if (!(await writeAll(coordinator, writes, guards))) await pauseOrCancel(options);
  }
}

interface Founder extends Member {
  readonly boot: number;
  /** Of its record: it must still be so when it becomes a member. */
  readonly revision: number;
}

/** Pure. Empty: not enough of them yet. */
export function foundersOf(
  { stores, nodes }: ClusterState,
  { founder, replicas, minInSync }: ClusterMeta,
  isWaitOver: boolean,
): readonly Founder[] {
  const able = [...nodes.values()].flatMap(({ record: { store, boot } }): Founder[] => {
    const found = stores.get(store);
    if (found?.record.state !== "ACTIVE" || found.record.boot !== boot) return [];
    const { zone, draining } = found.record;
    return draining && store !== founder ? [] : [{ store, zone, boot, revision: found.revision }];
  });
  if (founder !== undefined) return able.filter(({ store }) => store === founder);
  return able.length >= (isWaitOver ? minInSync : replicas) ? able : [];
}

/** Pure. Of the partitions that have none. */
export function firstRecords(
  { partitions }: ClusterState,
  { replicas, minInSync }: ClusterMeta,
  founders: readonly Founder[],
  nonce: () => string,
): readonly { readonly partition: number; readonly record: PartitionRecord }[] {
  if (founders.length === 0) return [];
  const current = Array.from({ length: PARTITIONS }, (_, each) =>
    placeOf(partitions.get(each)?.record),
  );
  const { goals } = plan(founders, current, { partitions: PARTITIONS, replicas });
  return goals.flatMap((goal, partition) => {
    if (partitions.has(partition)) return [];
    const record = firstRecord(
      goal.flatMap((store) => founders.find((each) => each.store === store) ?? []),
      nonce(),
    );
    const problem = recordProblem(undefined, record, { type: "founder" }, { minInSync });
    assert(problem === undefined, `a first record is legal: ${problem}`);
    return [{ partition, record }];
  });
}

function placeOf(record: PartitionRecord | undefined): readonly string[] {
  if (record === undefined) return [];
  const others = record.replicas.filter(({ store }) => store !== record.leader);
  return record.goal ?? [record.leader, ...others.map(({ store }) => store)];
}

function firstRecord(members: readonly Founder[], nonce: string): PartitionRecord {
  const [leader] = members;
  assert(leader !== undefined, "a partition has a place");
  return {
    epoch: 1,
    leader: leader.store,
    leaderBoot: leader.boot,
    inSync: members.map(({ store, boot }) => ({ store, boot })),
    replicas: members.map(({ store }, at) => ({ store, join: at + 1, role: "VOTER" })),
    joins: members.length,
    goal: undefined,
    frozen: false,
    nonce,
  };
}

/** False: there was nothing to write, or not all of it is known to be written. */
async function writeAll(
  coordinator: Coordinator,
  writes: readonly GuardedWrite[],
  guards: readonly GuardedWrite[],
): Promise<boolean> {
  const atOnce = MAX_WRITES - guards.length;
  for (let at = 0; at < writes.length; at += atOnce) {
    const outcome = await coordinator.transact([...writes.slice(at, at + atOnce), ...guards]);
    if (outcome !== "applied") return false;
  }
  return writes.length > 0;
}
