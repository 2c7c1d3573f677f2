import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ClaimdError } from "../errors.ts";
import type { PartitionRecord } from "./partition-record.ts";
import {
  decodePartitionRecord,
  encodePartitionRecord,
  MAX_RECORD_BYTES,
} from "./partition-record-format.ts";
import { MAX_REPLICAS } from "./partition-record-shape.ts";

const RECORD: PartitionRecord = {
  epoch: 7,
  leader: "store-b",
  leaderBoot: 3,
  inSync: [
    { store: "store-a", boot: 5 },
    { store: "store-b", boot: 3 },
  ],
  replicas: [
    { store: "store-a", join: 1, role: "VOTER" },
    { store: "store-b", join: 2, role: "VOTER" },
    { store: "store-c", join: 4, role: "LEARNER" },
    { store: "store-d", join: 3, role: "LEAVING" },
  ],
  joins: 6,
  goal: ["store-c", "store-a", "store-b"],
  frozen: true,
  nonce: "store-b.3.12",
};
const GOLDEN =
  '{"version":1,"epoch":7,"leader":"store-b","leaderBoot":3,' +
  '"inSync":[{"store":"store-a","boot":5},{"store":"store-b","boot":3}],' +
  '"replicas":[{"store":"store-a","join":1,"role":"VOTER"},' +
  '{"store":"store-b","join":2,"role":"VOTER"},' +
  '{"store":"store-c","join":4,"role":"LEARNER"},' +
  '{"store":"store-d","join":3,"role":"LEAVING"}],' +
  '"joins":6,"goal":["store-c","store-a","store-b"],"frozen":true,"nonce":"store-b.3.12"}';

function refusal(bytes: Uint8Array | string): string {
  try {
    decodePartitionRecord(typeof bytes === "string" ? Buffer.from(bytes) : bytes);
  } catch (error) {
    if (error instanceof ClaimdError && error.code === "CLUSTER_DAMAGED") return error.message;
    throw error;
  }
  return "accepted";
}

/** The golden record with one field at another value; undefined takes it away. */
function changed(path: readonly (string | number)[], value: unknown): string {
  const copy = JSON.parse(GOLDEN) as Record<PropertyKey, unknown>;
  let inside = copy;
  for (const name of path.slice(0, -1)) inside = inside[name] as Record<PropertyKey, unknown>;
  const last = path.at(-1) ?? "";
  if (value === undefined) Reflect.deleteProperty(inside, last);
  else inside[last] = value;
  return refusal(JSON.stringify(copy));
}

describe("a stored partition record", () => {
  it("comes back with every field, none of them at its zero", () => {
    expect(decodePartitionRecord(encodePartitionRecord(RECORD))).toEqual(RECORD);
    expect(decodePartitionRecord(Uint8Array.from(encodePartitionRecord(RECORD)))).toEqual(RECORD);
  });

  it("has these bytes for ever", () => {
    expect(Buffer.from(encodePartitionRecord(RECORD)).toString()).toBe(GOLDEN);
    const settled = Buffer.from(encodePartitionRecord({ ...RECORD, goal: undefined }));
    expect(settled.toString()).toBe(GOLDEN.replace(/"goal":\[[^\]]*\]/, '"goal":null'));
    expect(decodePartitionRecord(settled)).toEqual({ ...RECORD, goal: undefined });
  });

  it("has the same bytes whatever the order of fields in memory", () => {
    const turned = Object.fromEntries(Object.entries(RECORD).toReversed());
    const inSync = RECORD.inSync.map(({ store, boot }) => ({ boot, store }));
    const bytes = encodePartitionRecord({ ...(turned as unknown as PartitionRecord), inSync });
    expect(Buffer.from(bytes).toString()).toBe(GOLDEN);
  });

  it("comes back whatever is in bounds", () => {
    fc.assert(
      fc.property(anyRecord(), (record) => {
        expect(decodePartitionRecord(encodePartitionRecord(record))).toEqual(record);
      }),
    );
  });

  it("fits its bound three times over, however large", () => {
    const stores = Array.from({ length: MAX_REPLICAS }, (_, at) => String(at).padStart(64, "s"));
    const most = Number.MAX_SAFE_INTEGER;
    const largest: PartitionRecord = {
      epoch: most,
      leader: stores[0] ?? "",
      leaderBoot: most,
      inSync: stores.map((store) => ({ store, boot: most })),
      replicas: stores.map((store, at) => ({ store, join: most - at, role: "VOTER" })),
      joins: most,
      goal: stores,
      frozen: false,
      nonce: "n".repeat(128),
    };
    const bytes = encodePartitionRecord(largest);
    expect(bytes.length * 3).toBeLessThan(MAX_RECORD_BYTES);
    expect(decodePartitionRecord(bytes)).toEqual(largest);
  });
});

describe("decodePartitionRecord", () => {
  it("names a field that is missing, of another type or out of bounds, its value and bound", () => {
    const paths = [
      ..."epoch leader leaderBoot inSync replicas joins frozen nonce".split(" ").map((at) => [at]),
      ...["store", "boot"].map((field) => ["inSync", 1, field]),
      ...["store", "join", "role"].map((field) => ["replicas", 2, field]),
    ];
    expect(paths).toHaveLength(13);
    for (const path of paths) {
      const name = path.join(".");
      expect(changed(path, undefined), name).toContain(`${name}: missing, must be `);
      expect(changed(path, null), name).toContain(`${name}: null, must be `);
      expect(changed(path, -1), name).toContain(`${name}: -1, must be `);
      expect(changed(path, ""), name).toContain(`${name}: "", must be `);
    }
    expect(changed(["goal"], undefined)).toContain("goal: missing, must be a list of 1 to 14");
    expect(changed(["goal"], [])).toContain("goal: [], must be a list of 1 to 14");
    expect(changed(["goal", 1], 5)).toContain("goal.1: 5, must be 1 to 64 of");
  });

  it.each([
    [["epoch"], 0, "must be a whole number from 1 to 2^53 - 1"],
    [["epoch"], 1.5, "must be a whole number from 1 to 2^53 - 1"],
    [["joins"], 2 ** 53, "must be a whole number from 1 to 2^53 - 1"],
    [["leader"], "a/b", "must be 1 to 64 of [A-Za-z0-9._-]"],
    [["leader"], "a:1", "must be 1 to 64 of [A-Za-z0-9._-]"],
    [["leader"], "x".repeat(65), "must be 1 to 64 of [A-Za-z0-9._-]"],
    [["nonce"], "n".repeat(129), "must be 1 to 128 visible ASCII characters"],
    [["nonce"], "a b", "must be 1 to 128 visible ASCII characters"],
    [["inSync"], [], "must be a list of 1 to 14"],
    [["replicas"], new Array(15).fill(RECORD.replicas[0]), "must be a list of 1 to 14"],
    [["replicas", 0, "role"], "OBSERVER", "must be VOTER, LEARNER or LEAVING"],
    [["inSync", 0, "join"], 4, "must be { store, boot }"],
    [["terms"], 4, 'Unrecognized key: "terms"'],
  ] as const)("refuses %j at %j", (path, value, bound) => {
    expect(changed(path, value)).toContain(bound);
  });

  it("names each of several fields", () => {
    const twice = GOLDEN.replace('"epoch":7', '"epoch":0').replace('"joins":6', '"joins":"6"');
    expect(refusal(twice)).toMatch(/^a partition record is not one: epoch: 0, .*; joins: "6", /);
  });

  it.each([
    [["leader"], "store-a", "inSync: must contain the leader store-a at boot 3"],
    [["leaderBoot"], 4, "inSync: must contain the leader store-b at boot 4"],
    [["inSync", 0, "store"], "store-c", "inSync: store-c is LEARNER, must be VOTER"],
    [["inSync", 0, "store"], "store-d", "inSync: store-d is LEAVING, must be VOTER"],
    [["inSync", 0, "store"], "store-e", "inSync: store-e is no replica, must be VOTER"],
    [["inSync", 0, "store"], "store-b", "inSync: store-b stands there twice"],
    [["replicas", 2, "store"], "store-a", "replicas: store-a stands there twice"],
    [["replicas", 2, "join"], 2, "replicas: join 2 stands there twice"],
    [["replicas", 2, "join"], 7, "replicas: store-c has join 7, at most joins 6"],
    [["goal", 2], "store-c", "goal: store-c stands there twice"],
  ] as const)("refuses what can't be: %j at %j", (path, value, text) => {
    expect(changed(path, value)).toBe(`a partition record can't be: ${text}`);
  });

  it("refuses another version before it looks at the fields", () => {
    expect(changed(["version"], 2)).toBe("a partition record has version 2, must be 1");
    expect(changed(["version"], undefined)).toBe("a partition record has version none, must be 1");
    for (const json of ["null", "[]", "5", '"version"', "{}"]) {
      expect(refusal(json)).toBe("a partition record has version none, must be 1");
    }
  });

  it("refuses what is no JSON or no UTF-8, and whatever is cut off", () => {
    const bytes = Buffer.from(GOLDEN);
    for (let length = 0; length < bytes.length; length++) {
      expect(refusal(bytes.subarray(0, length))).toContain("is not JSON in UTF-8");
    }
    const broken = Buffer.from(GOLDEN);
    broken[broken.indexOf("store-a")] = 0xff;
    expect(refusal(broken)).toContain("is not JSON in UTF-8");
    expect(refusal(`\uFEFF${GOLDEN}`)).toContain("is not JSON in UTF-8");
    expect(refusal(`${GOLDEN}}`)).toContain("is not JSON in UTF-8");
  });

  it("refuses the same record in another form", () => {
    const otherForm =
      /^a partition record has another form than it is written in, from byte \d+ on$/;
    expect(refusal(`${GOLDEN} `)).toMatch(otherForm);
    expect(refusal(GOLDEN.replace('"epoch":7', '"epoch": 7'))).toMatch(otherForm);
    expect(refusal(GOLDEN.replace('"epoch":7', '"epoch":7.0'))).toMatch(otherForm);
    expect(refusal(GOLDEN.replace('"epoch":7', '"epoch":9,"epoch":7'))).toMatch(otherForm);
    expect(refusal(GOLDEN.replace("store-a", "\\u0073tore-a"))).toMatch(otherForm);
    const { version, ...rest } = JSON.parse(GOLDEN) as Record<string, unknown>;
    expect(refusal(JSON.stringify({ ...rest, version }))).toMatch(otherForm);
  });

  it("refuses more bytes than a record can have, without reading them", () => {
    expect(refusal(GOLDEN.padEnd(MAX_RECORD_BYTES + 1))).toBe(
      "a partition record has 16385 bytes, at most 16384",
    );
  });

  it("gives a record of the same bytes or refuses, whichever bit is flipped", () => {
    const bytes = Buffer.from(GOLDEN);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      if (refusal(damaged) !== "accepted") continue;
      expect(Buffer.from(encodePartitionRecord(decodePartitionRecord(damaged)))).toEqual(damaged);
    }
  });
});

function anyRecord(): fc.Arbitrary<PartitionRecord> {
  const store = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);
  const count = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
  const others = fc.constantFrom("VOTER" as const, "LEARNER" as const, "LEAVING" as const);
  const stores = fc.uniqueArray(store, { minLength: 1, maxLength: MAX_REPLICAS });
  return stores.chain((names) => {
    const size = { minLength: names.length, maxLength: names.length };
    return fc
      .record({
        epoch: count,
        boots: fc.array(count, size),
        joins: fc.uniqueArray(count, size),
        roles: fc.array(others, size),
        goal: fc.option(fc.shuffledSubarray(names, { minLength: 1 }), { nil: undefined }),
        frozen: fc.boolean(),
        nonce: fc.stringMatching(/^[\x21-\x7e]{1,128}$/),
      })
      .map(({ boots, joins, roles, ...rest }): PartitionRecord => {
        const replicas = names.map((name, at) => ({
          store: name,
          join: joins[at] ?? 1,
          role: at === 0 ? ("VOTER" as const) : (roles[at] ?? "VOTER"),
        }));
        const inSync = replicas.flatMap(({ store: name, role }, at) =>
          role === "VOTER" ? [{ store: name, boot: boots[at] ?? 1 }] : [],
        );
        const [leader] = names;
        return {
          ...rest,
          leader: leader ?? "",
          leaderBoot: boots[0] ?? 1,
          inSync,
          replicas,
          joins: Math.max(...joins),
        };
      });
  });
}
