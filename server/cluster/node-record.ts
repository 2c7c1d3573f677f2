/**
 * What a node says of itself while it lives: where it is reached, and which run of which store it
 * serves. Bound to a lease, so it is a hint.
 *
 * Tolerant where others are strict: nodes of two versions register side by side during an update,
 * and a field more must not make a node look dead.
 */
import { z } from "zod";
import { decodeJsonRecord, encodeJsonRecord } from "./json-record.ts";

export interface NodeRecord {
  /** 32 hexadecimal digits. */
  readonly store: string;
  readonly boot: number;
  readonly zone: string;
  /** host:port of the gRPC service. */
  readonly address: string;
  /** host:port for other nodes. */
  readonly peerAddress: string;
  /** Version of the program. */
  readonly build: string;
}

const text = z.string("must be text").max(512, "must have at most 512 characters");
const boot = z.int("must be a whole number").min(1, "must be at least 1");

const shape: z.ZodType<NodeRecord> = z.object({
  store: text,
  boot,
  zone: text,
  address: text,
  peerAddress: text,
  build: text,
});

export function encodeNodeRecord(record: NodeRecord): Uint8Array {
  const { store, boot: run, zone, address, peerAddress, build } = record;
  return encodeJsonRecord({ store, boot: run, zone, address, peerAddress, build });
}

/** Throws CLUSTER_DAMAGED. */
export function decodeNodeRecord(bytes: Uint8Array): NodeRecord {
  return decodeJsonRecord("a node's record", shape, bytes);
}
