/** One message of each type with no field at zero, and the way of a frame over the wire. */
import { loadPeers, type PeerFrame, type PeerFrame__Output } from "@claimd/proto";
import type { LogRecord } from "../../log-record.ts";
import type { Incarnation } from "../../partition-record.ts";
import type { PeerMessage, PeerMessageType } from "../peer-message.ts";

export const FROM: Incarnation = { store: "b".repeat(32), boot: 7 };

export const record = (key: string, value: string | undefined, token = 9): LogRecord => ({
  namespaceId: 0xfedcba98,
  key: Buffer.from(key),
  record: value === undefined ? undefined : Buffer.from(value),
  token,
});

const head = { epoch: 5, join: 3, round: 2 ** 40 + 1 };
const reply = { from: FROM, ...head };
const large = Number.MAX_SAFE_INTEGER;

type Samples = { readonly [T in PeerMessageType]: Extract<PeerMessage, { type: T }> };

export const SAMPLES: Samples = {
  hello: { type: "hello", ...head },
  append: {
    type: "append",
    ...head,
    previous: { epoch: 3, index: 41 },
    entries: [
      { epoch: 3, index: 42, stampMs: 1_764_000_000_001, payload: record("k1", "one", 11) },
      { epoch: 4, index: 43, stampMs: 1_764_000_000_002, payload: record("k22", undefined, 12) },
      { epoch: 5, index: 44, stampMs: 1_764_000_000_003, payload: record("k3", "three", large) },
    ],
    commit: 40,
  },
  cut: { type: "cut", ...head, from: { epoch: 4, index: 43 } },
  chunk: {
    type: "chunk",
    ...head,
    upTo: { epoch: 4, index: 43 },
    transfer: 8,
    sequence: 6,
    last: true,
    token: 77,
    stampMs: 1_764_000_000_004,
    records: [record("k4", "four", 13), record("k5", undefined, 14)],
  },
  ack: { type: "ack", ...reply, index: 44 },
  shape: {
    type: "shape",
    ...reply,
    shape: {
      base: { epoch: 2, index: 10 },
      runs: [
        { epoch: 3, firstIndex: 11 },
        { epoch: 5, firstIndex: 43 },
      ],
      lastIndex: 44,
    },
    commit: 42,
  },
  stale: { type: "stale", ...reply },
  refused: { type: "refused", ...reply },
  leaving: { type: "leaving", ...reply },
  wanted: { type: "wanted", ...reply, transfer: 8, sequence: 6 },
};

export const TYPES = Object.keys(SAMPLES) as readonly PeerMessageType[];

const { Connect } = loadPeers().Peers.service;

export function bytesOf(frame: PeerFrame): Buffer {
  return Connect.requestSerialize(frame);
}

/** As the other side gets it. */
export function overTheWire(frame: PeerFrame): PeerFrame__Output {
  return Connect.requestDeserialize(bytesOf(frame));
}
