/**
 * A record's value in journal and LevelDB. Little-endian; `varint` as in byte-writer.ts.
 *
 *     0   version (high 4 bits: 1) and state (low 4 bits: 1 IN_PROGRESS, 2 RELEASED, 3 COMPLETED,
 *         4 FAILED, 5 HELD)
 *     1   flags: 1 claim id, 2 fingerprint, 4 traceparent packed, 8 traceparent as text, 16 holder,
 *         32 spent claim ids, 64 the state's own (hold, completed, or result), 128 extra attempt
 *     2   instant the window counts from: lease end, or settlement        6 bytes
 *     8   window in ms                                                    varint
 *         token, attempt                                                  varint each
 *         IN_PROGRESS: granted at (6 bytes), lease in ms (varint)
 *         claim id                                                        16 bytes
 *         fingerprint                                                     varint, bytes
 *         traceparent: 26 bytes of hex without dashes, or text            varint, UTF-8
 *         holder                                                          varint, UTF-8
 *         spent claim ids: number (1 byte), 8 bytes each
 *         result                                                          result-format.ts
 *     end CRC-32 of all bytes above and the key                           4 bytes
 *
 * A plain completed record takes 37 bytes.
 *
 * Must stay true: what a released version wrote can be read by every later one; the checksum covers
 * the key, so that a record never passes for another key's.
 */
import { crc32 } from "node:zlib";
import { assert, ClaimdError, unreachable } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { ByteReader, instantAt } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { ClaimRecord, RecordState } from "./claim-record.ts";
import { readResult, writeResult } from "./result-format.ts";
import { packTraceparent, PACKED_TRACEPARENT_BYTES, unpackTraceparent } from "./traceparent.ts";

const VERSION = 1;
const CHECKSUM_BYTES = 4;
/** Two bytes of head, an instant, three varints and the checksum. */
const LEAST_BYTES = 15;
const SPENT_CLAIM_ID_BYTES = 8;

const STATES: readonly (RecordState | undefined)[] = [
  undefined,
  "IN_PROGRESS",
  "RELEASED",
  "COMPLETED",
  "FAILED",
  "HELD",
];
const STATE_BYTE: Readonly<Record<RecordState, number>> = {
  IN_PROGRESS: (VERSION << 4) | 1,
  RELEASED: (VERSION << 4) | 2,
  COMPLETED: (VERSION << 4) | 3,
  FAILED: (VERSION << 4) | 4,
  HELD: (VERSION << 4) | 5,
};

const CLAIM_ID = 1;
const FINGERPRINT = 2;
const PACKED_TRACEPARENT = 4;
const TEXT_TRACEPARENT = 8;
const HOLDER = 16;
const SPENT = 32;
const HOLD = 64;
const RELEASED_BY_COMPLETE = 64;
const RESULT = 64;
const EXTRA_ATTEMPT = 128;

/** Shared by all records that have none; nobody writes into a record. */
const NONE = new Uint8Array(0);

const writer = new ByteWriter();
const reader = new ByteReader();
const packed = new Uint8Array(PACKED_TRACEPARENT_BYTES);

/** A view that the next call overwrites: it is copied at once by whoever keeps it. */
export function encodeRecord(record: ClaimRecord, key: Uint8Array): Buffer {
  const { claimId, fingerprint, traceparent, spentClaimIds } = record;
  const holder = "holder" in record ? record.holder : "";
  const result = "result" in record ? record.result : undefined;
  const running = record.state === "IN_PROGRESS";

  let flags = ownFlags(record);
  if (claimId !== undefined) flags |= CLAIM_ID;
  if (fingerprint !== undefined) flags |= FINGERPRINT;
  if (traceparent !== "") {
    flags |= packTraceparent(traceparent, packed) ? PACKED_TRACEPARENT : TEXT_TRACEPARENT;
  }
  if (holder !== "") flags |= HOLDER;
  if (spentClaimIds.length > 0) flags |= SPENT;

  writer.reset();
  writer.byte(STATE_BYTE[record.state]);
  writer.byte(flags);
  writer.instant(running ? record.leaseUntilMs : record.settledAtMs);
  writer.varint(record.windowMs);
  writer.varint(record.token);
  writer.varint(record.attempt);
  if (running) {
    writer.instant(record.grantedAtMs);
    writer.varint(record.leaseMs);
  }
  if (claimId !== undefined) {
    assert(claimId.length === LIMITS.claimIdBytes.exact, "a claim id has 16 bytes");
    writer.bytes(claimId);
  }
  if (fingerprint !== undefined) writer.sizedBytes(fingerprint);
  if ((flags & PACKED_TRACEPARENT) !== 0) writer.bytes(packed);
  if ((flags & TEXT_TRACEPARENT) !== 0) writer.text(traceparent);
  if (holder !== "") writer.text(holder);
  if (spentClaimIds.length > 0) {
    const count = spentClaimIds.length / SPENT_CLAIM_ID_BYTES;
    assert(Number.isInteger(count) && count <= LIMITS.spentClaimIds.max, "8 bytes a spent id");
    writer.byte(count);
    writer.bytes(spentClaimIds);
  }
  if (result !== undefined) writeResult(writer, result);
  const { length } = writer;
  writer.bytes(key);
  const crc = writer.crc();
  writer.reset(length);
  writer.uint32(crc);
  return writer.view();
}

function ownFlags(record: ClaimRecord): number {
  switch (record.state) {
    case "IN_PROGRESS":
      return record.hold ? HOLD : 0;
    case "RELEASED":
      return (
        (record.completed ? RELEASED_BY_COMPLETE : 0) | (record.extraAttempt ? EXTRA_ATTEMPT : 0)
      );
    case "COMPLETED":
    case "FAILED":
      return record.result === undefined ? 0 : RESULT;
    case "HELD":
      return 0;
    default:
      return unreachable(record);
  }
}

/** The record that was stored under this key. Throws RECORDS_DAMAGED; gives nothing but copies. */
export function decodeRecord(value: Uint8Array, key: Uint8Array): ClaimRecord {
  if (value.length < LEAST_BYTES || !checks(value, key)) {
    throw new ClaimdError(
      "RECORDS_DAMAGED",
      `a record of ${value.length} bytes fails its checksum`,
    );
  }
  return parseRecord(value);
}

/** The same of a value that never left memory: its checksum is not looked at. */
export function parseRecord(value: Uint8Array): ClaimRecord {
  const state = peekState(value);
  const flags = value[1] as number;
  reader.reset(value, 2, value.length - CHECKSUM_BYTES);
  const windowFromMs = reader.instant();
  const windowMs = reader.varint();
  const token = reader.varint();
  const attempt = reader.varint();
  const running = state === "IN_PROGRESS";
  const grantedAtMs = running ? reader.instant() : 0;
  const leaseMs = running ? reader.varint() : 0;
  const claimId = (flags & CLAIM_ID) === 0 ? undefined : reader.bytes(LIMITS.claimIdBytes.exact);
  const fingerprint = (flags & FINGERPRINT) === 0 ? undefined : reader.sizedBytes();
  const traceparent = readTraceparent(flags);
  const holder = (flags & HOLDER) === 0 ? "" : reader.text();
  const spentBytes = (flags & SPENT) === 0 ? 0 : reader.byte() * SPENT_CLAIM_ID_BYTES;
  const spentClaimIds = spentBytes === 0 ? NONE : reader.bytes(spentBytes);
  const hasResult = (state === "COMPLETED" || state === "FAILED") && (flags & RESULT) !== 0;
  const result = hasResult ? readResult(reader) : undefined;
  reader.finish();

  // Written out: spreading an object costs more than all the rest of this function.
  switch (state) {
    case "IN_PROGRESS":
      return {
        state,
        token,
        attempt,
        windowMs,
        fingerprint,
        traceparent,
        spentClaimIds,
        claimId: owned(claimId),
        hold: (flags & HOLD) !== 0,
        holder,
        grantedAtMs,
        leaseMs,
        leaseUntilMs: windowFromMs,
      };
    case "RELEASED":
      return {
        state,
        token,
        attempt,
        windowMs,
        fingerprint,
        traceparent,
        spentClaimIds,
        claimId,
        settledAtMs: windowFromMs,
        completed: (flags & RELEASED_BY_COMPLETE) !== 0,
        extraAttempt: (flags & EXTRA_ATTEMPT) !== 0,
      };
    case "COMPLETED":
    case "FAILED":
      return {
        state,
        token,
        attempt,
        windowMs,
        fingerprint,
        traceparent,
        spentClaimIds,
        claimId,
        settledAtMs: windowFromMs,
        result,
      };
    case "HELD":
      return {
        state,
        token,
        attempt,
        windowMs,
        fingerprint,
        traceparent,
        spentClaimIds,
        claimId: owned(claimId),
        holder,
        settledAtMs: windowFromMs,
      };
    default:
      return unreachable(state);
  }
}

function checks(value: Uint8Array, key: Uint8Array): boolean {
  const end = value.length - CHECKSUM_BYTES;
  reader.reset(value, end, value.length);
  return reader.uint32() === crc32(key, crc32(value.subarray(0, end)));
}

function owned(claimId: Uint8Array | undefined): Uint8Array {
  if (claimId === undefined) throw new ClaimdError("RECORDS_DAMAGED", "an open claim has no owner");
  return claimId;
}

function readTraceparent(flags: number): string {
  if ((flags & PACKED_TRACEPARENT) !== 0) {
    return unpackTraceparent(reader.hex(PACKED_TRACEPARENT_BYTES));
  }
  return (flags & TEXT_TRACEPARENT) === 0 ? "" : reader.text();
}

/** The state alone, the checksum unseen: for scans. Throws RECORDS_DAMAGED. */
export function peekState(value: Uint8Array): RecordState {
  const head = value[0] ?? 0;
  const state = head >>> 4 === VERSION ? STATES[head & 0x0f] : undefined;
  if (state === undefined) throw new ClaimdError("RECORDS_DAMAGED", `a record of form ${head}`);
  return state;
}

/** When the key is forgotten, the checksum unseen: for scans. */
export function peekExpiresAtMs(value: Uint8Array): number {
  reader.reset(value, 8, value.length);
  return instantAt(value, 2) + reader.varint();
}
