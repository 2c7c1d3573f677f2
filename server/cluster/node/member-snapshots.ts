/** What a member sends and takes of partitions as a whole, and how that meets its replicas. */
import type { RecordStore } from "../../storage/record-store.ts";
import type { LeaderMessage } from "../core/messages.ts";
import type { Replica } from "../core/replica.ts";
import type { LogRecord } from "../log-record.ts";
import type { Incarnation } from "../partition-record.ts";
import type { ChunkWanted, SnapshotChunk } from "../peers/peer-message.ts";
import { SnapshotSending, type SnapshotSendingParts } from "./snapshot-sending.ts";
import {
  type InstalledState,
  SnapshotTaking,
  type SnapshotTakingParts,
} from "./snapshot-taking.ts";

export interface MemberSnapshotsParts
  extends Pick<SnapshotSendingParts, "log" | "monotonicMs">,
    Pick<SnapshotTakingParts, "refreshNamespaces" | "self"> {
  readonly store: RecordStore;
  readonly send: (store: string, partition: number, message: SnapshotChunk | ChunkWanted) => void;
  readonly replica: (partition: number) => Replica<LogRecord, InstalledState>;
  readonly hearLeader: (
    from: Incarnation,
    partition: number,
    message: LeaderMessage<LogRecord, InstalledState>,
  ) => void;
}

export class MemberSnapshots {
  readonly sending: SnapshotSending;
  readonly taking: SnapshotTaking;

  constructor(parts: MemberSnapshotsParts) {
    const { store, replica, hearLeader } = parts;
    const { whole } = store;
    this.sending = new SnapshotSending({ ...parts, whole });
    this.taking = new SnapshotTaking({
      ...{ ...parts, whole },
      isEmpty: (partition, join) =>
        replica(partition).join === join && replica(partition).lastIndex === 0,
      isKnownNamespace: (id) => store.namespaces.has(id),
      offer: hearLeader,
      complete: (from, partition, snapshot) => {
        hearLeader(from, partition, snapshot);
        return replica(partition).commit >= snapshot.upTo.index;
      },
    });
  }

  receive(from: Incarnation, partition: number, part: SnapshotChunk | ChunkWanted): void {
    if (part.type === "chunk") this.taking.receive(from, partition, part);
    else this.sending.wanted(from.store, partition, part);
  }

  get stats() {
    return { snapshotsSent: this.sending.sent, snapshotsTaken: this.taking.taken };
  }

  async close(): Promise<void> {
    this.sending.close();
    await this.taking.close();
  }
}
