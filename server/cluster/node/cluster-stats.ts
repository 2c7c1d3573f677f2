/** What a member's replicas are, counted. */
import { PARTITIONS } from "../../limits.ts";
import type { Replica } from "../core/replica.ts";
import type { ReplicaStats } from "../../stats.ts";

type Replicas = Pick<Replica<never, never>, "join" | "lagEntries" | "role" | "seen">;

export function replicaStats(replica: (partition: number) => Replicas): ReplicaStats {
  const roles = { SERVING: 0, RECOVERING: 0, SEALED: 0, FOLLOWING: 0 };
  let underReplicated = 0;
  let moving = 0;
  let lagEntries = 0;
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const each = replica(partition);
    if (each.join === 0) continue;
    roles[each.role] += 1;
    const record = each.seen?.record;
    if (each.role === "FOLLOWING" || record === undefined) continue;
    if (record.inSync.length < record.replicas.length) underReplicated += 1;
    if (record.goal !== undefined) moving += 1;
    lagEntries = Math.max(lagEntries, each.lagEntries);
  }
  return { roles, underReplicated, moving, lagEntries };
}
