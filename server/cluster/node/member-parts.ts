/** What a member of a cluster needs of the node around it. */
import type { Refusal } from "../../claim/reply.ts";
import type { Log } from "../../log.ts";
import type { ReplicaRules } from "../core/replica-state.ts";
import type { Incarnation } from "../partition-record.ts";
import type { MemberOutgoingParts } from "./member-outgoing.ts";
import type { MemberWritesParts } from "./member-writes.ts";
import type { PartitionRecords } from "./partition-records.ts";

export interface MemberParts
  extends MemberOutgoingParts,
    Pick<MemberWritesParts, "change" | "namespace" | "onFatal" | "refreshNamespaces" | "store"> {
  readonly self: Incarnation;
  readonly rules: ReplicaRules;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly log: Pick<Log, "warn">;
  /** Of the partitions, in etcd; what became of a change is told by `observe`. */
  readonly records: Pick<PartitionRecords, "read" | "transact">;
  readonly refusal: (partition: number) => Refusal;
  /** Keep this disk out of every set from now on, and end. */
  readonly onDamaged: (reason: string) => void;
}
