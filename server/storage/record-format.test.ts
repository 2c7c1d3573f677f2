import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ClaimdError } from "../errors.ts";
import { type ClaimRecord, type Completed, expiresAtMs } from "./claim-record.ts";
import { decodeRecord, encodeRecord, peekExpiresAtMs, peekState } from "./record-format.ts";
import {
  anyKey,
  anyRecord,
  bytes,
  COMPLETED,
  FAILED,
  FULL,
  HELD,
  KEY,
  PLAIN,
  RELEASED,
  RESULT,
  RUNNING,
  TRACEPARENT,
} from "./test/record-samples.ts";

function refusal(value: Uint8Array, key: Uint8Array = KEY): string {
  try {
    decodeRecord(value, key);
  } catch (error) {
    if (error instanceof ClaimdError && error.code === "RECORDS_DAMAGED") return error.message;
    throw error;
  }
  return "accepted";
}

/** The same value with another head or body, and a checksum that fits. */
function forged(value: Buffer, change: (body: Buffer) => Buffer): Buffer {
  const body = change(Buffer.from(value.subarray(0, -4)));
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32(KEY, crc32(body)));
  return Buffer.concat([body, checksum]);
}

describe("encodeRecord", () => {
  it("gives the golden bytes of every state", () => {
    const golden: readonly (readonly [ClaimRecord, readonly string[]])[] = [
      [
        RUNNING,
        [
          "1177ab578d1d9f0180b899298380808080808008ac027be28c1d9f01b0ea01010203040506070809",
          "0a0b0c0d0e0f10054041424344004bf92f3577b34da6a3ce929d0e0e473600f067aa0ba902b70108",
          "776f726b65722d3102808182838485868788898a8b8c8d8e8f6381be22",
        ],
      ],
      [
        RELEASED,
        [
          "12e77be28c1d9f0180b899298380808080808008ac020102030405060708090a0b0c0d0e0f100540",
          "41424344004bf92f3577b34da6a3ce929d0e0e473600f067aa0ba902b70102808182838485868788",
          "898a8b8c8d8e8f455b4ff4",
        ],
      ],
      [
        COMPLETED,
        [
          "13677be28c1d9f0180b899298380808080808008ac020102030405060708090a0b0c0d0e0f100540",
          "41424344004bf92f3577b34da6a3ce929d0e0e473600f067aa0ba902b70102808182838485868788",
          "898a8b8c8d8e8f1ff0a204036061620a746578742f706c61696e02046e616d65076772c3b6c39f65",
          "0a5f5f70726f746f5f5f3201781568747470733a2f2f6578616d706c652e636f6d2f31fc020123",
        ],
      ],
      [
        FAILED,
        [
          "14677be28c1d9f0180b899298380808080808008ac020102030405060708090a0b0c0d0e0f100540",
          "41424344004bf92f3577b34da6a3ce929d0e0e473600f067aa0ba902b70102808182838485868788",
          "898a8b8c8d8e8f1ff0a204036061620a746578742f706c61696e02046e616d65076772c3b6c39f65",
          "0a5f5f70726f746f5f5f3201781568747470733a2f2f6578616d706c652e636f6d2f31b33e7aef",
        ],
      ],
      [
        HELD,
        [
          "15377be28c1d9f0180b899298380808080808008ac020102030405060708090a0b0c0d0e0f100540",
          "41424344004bf92f3577b34da6a3ce929d0e0e473600f067aa0ba902b70108776f726b65722d3102",
          "808182838485868788898a8b8c8d8e8f8970f330",
        ],
      ],
      [PLAIN, ["13017be28c1d9f0180b89929c096b102010102030405060708090a0b0c0d0e0f1098e0ff5b"]],
    ];
    for (const [record, hex] of golden) {
      expect(encodeRecord(record, KEY).toString("hex"), record.state).toBe(hex.join(""));
    }
  });

  it("keeps a plain completed record within 40 bytes", () => {
    expect(encodeRecord(PLAIN, KEY).length).toBe(37);
    expect(encodeRecord({ ...PLAIN, token: 2 ** 40, windowMs: 366 * 86_400_000 }, KEY).length).toBe(
      40,
    );
  });

  it("packs a trace context of the usual form into 26 bytes and keeps any other as it is", () => {
    const plain = encodeRecord(PLAIN, KEY).length;
    expect(encodeRecord({ ...PLAIN, traceparent: TRACEPARENT }, KEY).length).toBe(plain + 26);
    for (const odd of [TRACEPARENT.toUpperCase(), `${TRACEPARENT}-more`, "-".repeat(55), "größe"]) {
      const value = encodeRecord({ ...PLAIN, traceparent: odd }, KEY);
      expect(decodeRecord(value, KEY).traceparent).toBe(odd);
    }
  });

  it("refuses what is not a record: numbers out of range, ids of another length", () => {
    expect(() => encodeRecord({ ...PLAIN, token: 2 ** 53 }, KEY)).toThrow("invariant broken");
    expect(() => encodeRecord({ ...PLAIN, windowMs: -1 }, KEY)).toThrow("invariant broken");
    expect(() => encodeRecord({ ...PLAIN, settledAtMs: 1.5 }, KEY)).toThrow("invariant broken");
    expect(() => encodeRecord({ ...PLAIN, settledAtMs: 2 ** 48 }, KEY)).toThrow("invariant broken");
    expect(() => encodeRecord({ ...PLAIN, claimId: bytes(1, 15) }, KEY)).toThrow("16 bytes");
    expect(() => encodeRecord({ ...PLAIN, spentClaimIds: bytes(1, 9) }, KEY)).toThrow("8 bytes");
  });
});

describe("decodeRecord", () => {
  it("gives back every field of every state, none of them at zero", () => {
    for (const record of FULL) {
      expect(decodeRecord(encodeRecord(record, KEY), KEY)).toEqual(record);
    }
  });

  it("gives back any record", () => {
    fc.assert(
      fc.property(anyRecord, anyKey, (each, key) => {
        const value = encodeRecord(each, key);
        expect(decodeRecord(value, key)).toEqual(each);
        expect(decodeRecord(Uint8Array.from(value), key)).toEqual(each);
        expect(peekState(value)).toBe(each.state);
        expect(peekExpiresAtMs(value)).toBe(expiresAtMs(each));
      }),
      { numRuns: 500 },
    );
  });

  it("gives back metadata of any name", () => {
    const metadata = JSON.parse('{"__proto__":"a","constructor":"b","1":"c"}') as Record<
      string,
      string
    >;
    const value = encodeRecord({ ...PLAIN, result: { ...RESULT, metadata } }, KEY);
    const record = decodeRecord(value, KEY) as Completed;
    expect(Object.entries(record.result?.metadata ?? {})).toEqual(Object.entries(metadata));
  });

  it("keeps nothing of the buffer it read", () => {
    for (const record of FULL) {
      const value = encodeRecord(record, KEY);
      const decoded = decodeRecord(value, KEY);
      value.fill(0xff);
      encodeRecord(PLAIN, KEY);
      expect(decoded).toEqual(record);
    }
  });

  it("refuses every flipped bit and every truncation, of key and value", () => {
    for (const record of [PLAIN, ...FULL]) {
      const value = encodeRecord(record, KEY);
      for (let bit = 0; bit < value.length * 8; bit++) {
        const damaged = Buffer.from(value);
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(refusal(damaged)).toContain("checksum");
      }
      for (let bit = 0; bit < KEY.length * 8; bit++) {
        const other = Buffer.from(KEY);
        other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(refusal(value, other)).toContain("checksum");
      }
      for (let length = 0; length < value.length; length++) {
        expect(refusal(value.subarray(0, length))).toContain("checksum");
      }
      expect(refusal(Buffer.concat([value, Buffer.of(0)]))).toContain("checksum");
    }
  });

  it("refuses a form it does not know although the checksum fits", () => {
    const value = encodeRecord(RUNNING, KEY);
    const withByte = (at: number, byte: number): Buffer =>
      forged(value, (body) => {
        body[at] = byte;
        return body;
      });
    expect(refusal(withByte(0, 0x21))).toBe("a record of form 33");
    expect(refusal(withByte(0, 0x10))).toBe("a record of form 16");
    expect(refusal(withByte(0, 0x16))).toBe("a record of form 22");
    // Claim id missing from the flags: the bytes behind no longer fit.
    expect(refusal(withByte(1, (value[1] ?? 0) & ~1))).not.toBe("accepted");
    expect(refusal(forged(value, (body) => body.subarray(0, -1)))).toBe("ends too early");
    expect(refusal(forged(value, (body) => Buffer.concat([body, Buffer.of(7)])))).toBe(
      "1 bytes too many",
    );
    const plain = encodeRecord(PLAIN, KEY);
    const ownerless = (body: Buffer): Buffer => {
      body[0] = 0x15;
      body[1] = 0;
      return body.subarray(0, -16);
    };
    expect(refusal(forged(plain, ownerless))).toBe("an open claim has no owner");
    const endless = (body: Buffer): Buffer =>
      Buffer.concat([body.subarray(0, 8), Buffer.alloc(12, 0xff), Buffer.of(1)]);
    expect(refusal(forged(plain, endless))).toBe("number >= 2^53");
  });

  it("survives any bytes with a checksum that fits", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 11, maxLength: 200 }), (body) => {
        body[0] = 0x10 | ((body[0] ?? 0) % 6);
        refusal(forged(Buffer.concat([body, Buffer.alloc(4)]), (same) => same));
      }),
      { numRuns: 2000 },
    );
  });
});
