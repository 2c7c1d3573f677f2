/**
 * What a member does beside the protocol when it begins to lead a partition, and when that is over:
 * namespaces read anew, tokens skipped, a grace for leases.
 */
import { LIMITS } from "../../limits.ts";
import type { Outage } from "../../storage/outage.ts";
import type { RecordStore } from "../../storage/record-store.ts";
import type { Role } from "../core/effects.ts";
import type { Replica } from "../core/replica.ts";
import { NamespacesOfEpoch } from "./namespaces-of-epoch.ts";
import { PartitionOutages } from "./partition-outages.ts";

export interface MemberEpochsParts {
  readonly store: Pick<RecordStore, "partitions">;
  readonly nowMs: () => number;
  /** Resolves when what etcd has by the time of the call is known here. */
  readonly refreshNamespaces: () => Promise<void>;
}

type Replicas = Pick<Replica<never, never>, "epoch" | "lastStampMs" | "role">;

export class MemberEpochs {
  readonly #parts: MemberEpochsParts;
  readonly #namespaces: NamespacesOfEpoch;
  readonly #outages = new PartitionOutages();
  epochsBegun = 0;
  epochsEnded = 0;

  constructor(parts: MemberEpochsParts) {
    this.#parts = parts;
    this.#namespaces = new NamespacesOfEpoch(parts.refreshNamespaces);
  }

  /** The partition's leader was heard. */
  heard(partition: number): void {
    this.#outages.heard(partition, this.#parts.nowMs());
  }

  become(partition: number, role: Role, { epoch, lastStampMs }: Replicas): void {
    const { partitions } = this.#parts.store;
    switch (role) {
      case "RECOVERING":
        this.epochsBegun += 1;
        void this.#namespaces.read(partition, epoch);
        return;
      case "SERVING":
        // What an unanswered tail of an earlier epoch may have handed out is not handed out again.
        partitions.handOut(
          partition,
          partitions.tokenOf(partition) + LIMITS.tokenSkip.start,
          lastStampMs,
        );
        this.#outages.resumed(partition, lastStampMs, this.#parts.nowMs());
        return;
      case "FOLLOWING":
        this.epochsEnded += 1;
        this.heard(partition);
        return;
      case "SEALED":
        this.heard(partition);
        return;
    }
  }

  /** The epoch under which turns may decide. */
  served(partition: number, { role, epoch }: Replicas): number | undefined {
    return role === "SERVING" && this.#namespaces.areRead(partition, epoch) ? epoch : undefined;
  }

  outageOf(partition: number): Outage | undefined {
    return this.#outages.of(partition);
  }

  close(): void {
    this.#namespaces.close();
  }
}
