/**
 * What leaders do with their records, as far as a controller can see: members that are there are
 * brought into sync, others are dropped, and the goal is looked at.
 */
import { handOverTarget, isOutgrown } from "../controller-goal.ts";
import type { Incarnation, PartitionRecord } from "../partition-record.ts";
import { recordProblem } from "../partition-record-rules.ts";

/** The boot under which a store lives; undefined = it does not. */
export type Living = (store: string) => number | undefined;

/** Each of them legal; empty when the leader is gone or has nothing to do. */
export function leaderChanges(
  record: PartitionRecord,
  living: Living,
  minInSync: number,
  nonce: string,
): readonly PartitionRecord[] {
  const { leader, leaderBoot, inSync, replicas, epoch } = record;
  if (living(leader) !== leaderBoot) return [];
  const changes: PartitionRecord[] = [];
  for (const { store, role } of replicas) {
    const boot = living(store);
    const listed = inSync.find((each) => each.store === store);
    const without = inSync.filter((each) => each.store !== store);
    const isWanted = role !== "LEAVING" && !isOutgrown(record, store);
    if (boot !== undefined && boot !== listed?.boot && isWanted) {
      const members: Incarnation[] = [...without, { store, boot }];
      const made = replicas.map((each) =>
        each.store === store ? { ...each, role: "VOTER" as const } : each,
      );
      changes.push({ ...record, inSync: members, replicas: made, nonce });
    }
    const isLost = boot !== listed?.boot || isOutgrown(record, store);
    if (listed !== undefined && store !== leader && isLost && without.length >= minInSync) {
      changes.push({ ...record, inSync: without, nonce });
    }
  }
  const target = inSync.find(({ store }) => store === handOverTarget(record));
  if (target !== undefined && living(target.store) === target.boot) {
    const to = { leader: target.store, leaderBoot: target.boot, epoch: epoch + 1 };
    changes.push({ ...record, ...to, nonce });
  }
  for (const next of changes) {
    const by = { type: "leader", incarnation: { store: leader, boot: leaderBoot }, epoch } as const;
    const problem = recordProblem(record, next, by, { minInSync });
    if (problem !== undefined) throw new Error(`a leader's change is illegal: ${problem}`);
  }
  return changes;
}
