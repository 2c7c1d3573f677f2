import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ClaimdError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Policy } from "./policy.ts";
import { decodeNamespace, encodeNamespace, type StoredNamespace } from "./policy-format.ts";

const POLICY: Policy = {
  name: "payments",
  revision: 3,
  windowMs: 86_400_000,
  maxWindowMs: 172_800_000,
  leaseMs: 30_000,
  maxLeaseMs: 3_600_000,
  maxWaitMs: 30_000,
  onLeaseExpiry: "HOLD",
  maxAttempts: 5,
  fingerprint: "REQUIRED",
  resultMaxBytes: 65_536,
  forgetOnComplete: true,
  observe: true,
  paused: true,
  quota: { claimsPerSecond: 1000, records: 2_000_000, bytes: 2 ** 40, waiting: 50 },
};
const STORED: StoredNamespace = {
  id: 2 ** 32 - 1,
  policy: POLICY,
  classes: { current: 11, previous: { class: 10, untilMs: 1_782_909_296_123 } },
};

function refusal(value: Uint8Array): string {
  try {
    decodeNamespace(value);
  } catch (error) {
    if (error instanceof ClaimdError && error.code === "RECORDS_DAMAGED") return error.message;
    throw error;
  }
  return "accepted";
}

/** Any content under a checksum that fits. */
function sealed(version: number, content: string): Buffer {
  const body = Buffer.concat([Buffer.of(version), Buffer.from(content)]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32(body));
  return Buffer.concat([body, checksum]);
}

describe("a stored namespace", () => {
  it("comes back with every field, none of them at its zero", () => {
    expect(decodeNamespace(encodeNamespace(STORED))).toEqual(STORED);
    expect(decodeNamespace(Uint8Array.from(encodeNamespace(STORED)))).toEqual(STORED);
  });

  it("has these bytes for ever", () => {
    const value = encodeNamespace(STORED);
    expect(value[0]).toBe(1);
    expect(value.subarray(1, -4).toString()).toBe(JSON.stringify(STORED));
    expect(value.subarray(-4).toString("hex")).toBe("55ab2ef8");
  });

  it("comes back whatever the policy says within the limits", () => {
    const within = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
    const uint53 = fc.nat({ max: Number.MAX_SAFE_INTEGER });
    const window = within(LIMITS.windowMs.min, LIMITS.windowMs.max);
    const lease = within(LIMITS.leaseMs.min, LIMITS.leaseMs.max);
    const k = within(1, 30);
    const policy: fc.Arbitrary<Policy> = fc.record({
      name: fc.stringMatching(/^[a-z0-9-]{1,64}$/),
      revision: within(1, 1_000_000),
      windowMs: window,
      maxWindowMs: window,
      leaseMs: lease,
      maxLeaseMs: lease,
      maxWaitMs: within(0, LIMITS.waitMs.max),
      onLeaseExpiry: fc.constantFrom("RECLAIM" as const, "HOLD" as const),
      maxAttempts: within(0, LIMITS.maxAttempts.max),
      fingerprint: fc.constantFrom("OPTIONAL" as const, "OFF" as const, "REQUIRED" as const),
      resultMaxBytes: within(0, LIMITS.resultBytes.max),
      forgetOnComplete: fc.boolean(),
      observe: fc.boolean(),
      paused: fc.boolean(),
      quota: fc.record({
        claimsPerSecond: uint53,
        records: uint53,
        bytes: uint53,
        waiting: uint53,
      }),
    });
    const classes = fc.oneof(
      fc.record({ current: k }),
      fc.record({ current: k, previous: fc.record({ class: k, untilMs: uint53 }) }),
    );
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 32 - 1 }), policy, classes, (id, each, own) => {
        const stored = { id, policy: each, classes: own };
        expect(decodeNamespace(encodeNamespace(stored))).toEqual(stored);
      }),
    );
  });

  it("is refused with any bit flipped or any byte missing", () => {
    const value = encodeNamespace(STORED);
    for (let bit = 0; bit < value.length * 8; bit++) {
      const damaged = Buffer.from(value);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(refusal(damaged)).toContain("checksum");
    }
    for (let length = 0; length < value.length; length++) {
      expect(refusal(value.subarray(0, length))).toContain("checksum");
    }
  });

  it("names the field that is missing, of another type or one too many", () => {
    const changed = (path: readonly string[], value: unknown): string => {
      const copy = structuredClone(STORED) as unknown as Record<string, unknown>;
      let inside = copy;
      for (const name of path.slice(0, -1)) inside = inside[name] as Record<string, unknown>;
      const last = path.at(-1) ?? "";
      if (value === undefined) Reflect.deleteProperty(inside, last);
      else inside[last] = value;
      return refusal(sealed(1, JSON.stringify(copy)));
    };
    const pathsOf = (value: unknown, path: readonly string[]): (readonly string[])[] =>
      typeof value === "object" && value !== null
        ? Object.entries(value).flatMap(([name, each]) => pathsOf(each, [...path, name]))
        : [path];
    const paths = pathsOf(STORED, []);
    expect(paths).toHaveLength(22);
    for (const path of paths) {
      expect(changed(path, undefined), path.join(".")).toContain(path.join("."));
      expect(changed(path, null), path.join(".")).toContain(path.join("."));
      expect(changed(path, -1), path.join(".")).toContain(path.join("."));
    }
    expect(changed(["policy", "leaseMs"], 1.5)).toContain("policy.leaseMs");
    expect(changed(["policy", "name"], "No Name")).toContain("policy.name");
    expect(changed(["classes", "current"], 31)).toContain("classes.current");
    expect(changed(["policy", "retention"], 5)).toContain("retention");
  });

  it("is refused when it is another form under a checksum that fits", () => {
    expect(refusal(sealed(2, JSON.stringify(STORED)))).toBe("a namespace has version 2");
    expect(refusal(sealed(1, "{"))).toBe("a namespace is not JSON");
    expect(refusal(sealed(1, "null"))).toContain("a namespace is not one");
  });
});
