/** Partition records for tables of tests, written in a few letters. */
import type { PartitionRecord, ReplicaRole } from "../partition-record.ts";
import { at, replica } from "./partition-record-samples.ts";

/** Letters: in lower case VOTER, in upper case LEARNER, with ! LEAVING; in sync are `inSync`. */
export function partitionSample(
  replicas: string,
  inSync: string,
  goal: string | undefined,
  change: Partial<PartitionRecord> = {},
): PartitionRecord {
  const names = replicas.match(/[a-zA-Z]!?/g) ?? [];
  const role = (name: string): ReplicaRole => {
    if (name.endsWith("!")) return "LEAVING";
    return name === name.toLowerCase() ? "VOTER" : "LEARNER";
  };
  return {
    epoch: 4,
    leader: inSync.charAt(0),
    leaderBoot: 1,
    inSync: Array.from(inSync).map((store) => at(store, 1)),
    replicas: names.map((name, join) =>
      replica(name.charAt(0).toLowerCase(), join + 1, role(name)),
    ),
    joins: names.length,
    goal: goal === undefined ? undefined : Array.from(goal),
    frozen: false,
    nonce: "sample",
    ...change,
  };
}
