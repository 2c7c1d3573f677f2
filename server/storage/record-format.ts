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
 *         result: flags (1 omitted, 2 data, 4 content type, 8 metadata, 16 ref), size (varint), data,
 *         content type, metadata (number of entries, then name and value each), ref
 *     end CRC-32 of the key and all bytes above                           4 bytes
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
import type { ClaimRecord, RecordState, Result } from "./claim-record.ts";
import { packTraceparent, PACKED_TRACEPARENT_BYTES, unpackTraceparent } from "./traceparent.ts";

const VERSION = 1;
const CHECKSUM_BYTES = 4;
/** Two bytes of head, an instant, three varints and the checksum. */
const LEAST_BYTES = 15;
const SPENT_CLAIM_ID_BYTES = 8;
/** What a CRC-32 gives that goes over its own little-endian bytes as well. */
const CRC_RESIDUE = 0x2144df1c;

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

const OMITTED = 1;
const DATA = 2;
const CONTENT_TYPE = 4;
const METADATA = 8;
const REF = 16;

const writer = new ByteWriter();
const reader = new ByteReader();
const packed = new Uint8Array(PACKED_TRACEPARENT_BYTES);

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
  writer.bytes(key);
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
  if (result !== undefined) writeResult(result);
  writer.uint32(writer.crc(0));
  return writer.copy(key.length);
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

function writeResult(result: Result): void {
  const entries = Object.entries(result.metadata);
  let flags = result.omitted ? OMITTED : 0;
  if (result.data.length > 0) flags |= DATA;
  if (result.contentType !== "") flags |= CONTENT_TYPE;
  if (entries.length > 0) flags |= METADATA;
  if (result.ref !== "") flags |= REF;
  writer.byte(flags);
  writer.varint(result.sizeBytes);
  if (result.data.length > 0) writer.sizedBytes(result.data);
  if (result.contentType !== "") writer.text(result.contentType);
  if (entries.length > 0) {
    writer.varint(entries.length);
    for (const [name, value] of entries) {
      writer.text(name);
      writer.text(value);
    }
  }
  if (result.ref !== "") writer.text(result.ref);
}

/** The record that was stored under this key. Throws RECORDS_DAMAGED; gives nothing but copies. */
export function decodeRecord(value: Uint8Array, key: Uint8Array): ClaimRecord {
  if (value.length < LEAST_BYTES || crc32(value, crc32(key)) !== CRC_RESIDUE) {
    throw new ClaimdError(
      "RECORDS_DAMAGED",
      `a record of ${value.length} bytes fails its checksum`,
    );
  }
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
  const result = hasResult ? readResult() : undefined;
  reader.finish();

  const identity = { token, attempt, windowMs, fingerprint, traceparent, spentClaimIds };
  const settledAtMs = windowFromMs;
  switch (state) {
    case "IN_PROGRESS": {
      const hold = (flags & HOLD) !== 0;
      const leaseUntilMs = windowFromMs;
      const lease = { grantedAtMs, leaseMs, leaseUntilMs };
      return { ...identity, state, claimId: owned(claimId), hold, holder, ...lease };
    }
    case "RELEASED": {
      const completed = (flags & RELEASED_BY_COMPLETE) !== 0;
      const extraAttempt = (flags & EXTRA_ATTEMPT) !== 0;
      return { ...identity, state, claimId, settledAtMs, completed, extraAttempt };
    }
    case "COMPLETED":
    case "FAILED":
      return { ...identity, state, claimId, settledAtMs, result };
    case "HELD":
      return { ...identity, state, claimId: owned(claimId), holder, settledAtMs };
    default:
      return unreachable(state);
  }
}

/** Shared by all records that have none; nobody writes into a record. */
const NONE = new Uint8Array(0);

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

function readResult(): Result {
  const flags = reader.byte();
  const sizeBytes = reader.varint();
  const data = (flags & DATA) === 0 ? NONE : reader.sizedBytes();
  const contentType = (flags & CONTENT_TYPE) === 0 ? "" : reader.text();
  const metadata = (flags & METADATA) === 0 ? {} : readMetadata();
  const ref = (flags & REF) === 0 ? "" : reader.text();
  return { data, contentType, metadata, ref, omitted: (flags & OMITTED) !== 0, sizeBytes };
}

function readMetadata(): Record<string, string> {
  const entries: [string, string][] = [];
  for (let left = reader.varint(); left > 0; left -= 1)
    entries.push([reader.text(), reader.text()]);
  return Object.fromEntries(entries);
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
