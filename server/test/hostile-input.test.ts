/**
 * Bytes that no honest client sends: columns that don't fit, unknown enums, invalid UTF-8, garbage,
 * oversize. And a fuzz of random and mutated requests. The server answers each with a status, and
 * goes on answering everybody else correctly.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KeyAsker } from "./support/key-asker.ts";
import { methods, type RawClient, rawClient } from "./support/raw-calls.ts";
import { type Random, rounds, seededRandom, testSeed } from "./support/seed.ts";
import { endNodes, TestNode } from "./support/test-node.ts";
import { unary } from "./support/transports.ts";

const FUZZ = rounds("CLAIMD_FUZZ", 5000);
const seed = testSeed();
let node: TestNode;
let raw: RawClient;
beforeAll(async () => {
  node = await TestNode.start({ env: { CLAIMD_LOG_LEVEL: "error" } });
  await node.put({ name: "n" });
  // Out of reach of a fuzz that deletes and pauses what it hits.
  await node.put({ name: "honest-callers" });
  raw = rawClient(node.server.grpc);
});
afterAll(async () => {
  raw.close();
  await endNodes();
});

const CLAIMS = "/claimd.v1.Claims/";
const bytesOf = (path: string, message: object): Buffer => {
  const method = methods().get(path);
  if (method === undefined) throw new Error(path);
  return method.requestSerialize(message);
};
const send = (method: string, message: object) =>
  raw.send(`${CLAIMS}${method}`, bytesOf(`${CLAIMS}${method}`, message));

/** A key from claim to completion to duplicate, on a connection of its own. */
async function answersCorrectly(): Promise<void> {
  const key = new KeyAsker(unary(node.claims), "honest-callers");
  expect(await key.claim()).toMatchObject({ status: "GRANTED", attempt: 1 });
  expect(await key.claim(key.other)).toMatchObject({ status: "IN_PROGRESS" });
  expect(await key.complete(key.own, { data: Buffer.from("r") })).toMatchObject({
    status: "APPLIED",
  });
  expect(await key.claim(key.other)).toMatchObject({
    status: "COMPLETED",
    result: { data: Buffer.from("r") },
  });
}

const id = Buffer.alloc(16, "i");
const group = { namespace: "n", verb: "CLAIM", keys: Buffer.from("ab"), keyBytes: [1, 1] };

describe("columns that don't fit", () => {
  const bad: Readonly<Record<string, object>> = {
    "no verb": { ...group, verb: 0, claimIds: Buffer.concat([id, id]) },
    "an unknown verb": { ...group, verb: 99, claimIds: Buffer.concat([id, id]) },
    "fewer keys than lengths": { ...group, keyBytes: [1, 2], claimIds: Buffer.concat([id, id]) },
    "more keys than lengths": { ...group, keyBytes: [1], claimIds: id },
    "a huge length": { ...group, keyBytes: [1, 2 ** 32 - 1], claimIds: Buffer.concat([id, id]) },
    "a claim id too few": { ...group, claimIds: id },
    "half a claim id": { ...group, claimIds: Buffer.alloc(24) },
    "no claim ids": group,
    "fingerprints without lengths": {
      ...group,
      claimIds: Buffer.concat([id, id]),
      fingerprints: Buffer.from("f"),
    },
    "a fingerprint length too many": {
      ...group,
      claimIds: Buffer.concat([id, id]),
      fingerprints: Buffer.from("f"),
      fingerprintBytes: [1, 0, 0],
    },
    "a traceparent too few": {
      ...group,
      claimIds: Buffer.concat([id, id]),
      traceparents: ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
    },
    "a result too few": {
      ...group,
      verb: "COMPLETE",
      claimIds: Buffer.concat([id, id]),
      results: [{}],
    },
    "a token too few": { ...group, verb: "FORGET", fencingTokens: [1] },
  };
  it.each(Object.entries(bad))("%s: a Batch is refused or each of it is", async (_, commands) => {
    const { code } = await send("Batch", { commands: [commands] });
    expect([0, 3]).toContain(code);
    const key = new KeyAsker(unary(node.claims), "n", Buffer.from("a"));
    expect(await key.get()).toMatchObject({ found: false });
    await answersCorrectly();
  });
  it.each(Object.entries(bad))(
    "%s: a Session goes on or ends with a status",
    async (_, commands) => {
      const { code } = await send("Session", { frame: 1, commands: [commands] });
      expect([0, 3]).toContain(code);
      await answersCorrectly();
    },
  );
});

describe("bytes that are no message", () => {
  const garbage: Readonly<Record<string, Buffer>> = {
    "a field without its end": Buffer.from([0x0a, 0x7f]),
    "an endless number": Buffer.alloc(20, 0xff),
    "a wrong wire type": Buffer.from([0x0d, 1, 2, 3, 4]),
    "a group that never ends": Buffer.from([0x0b, 0x0b, 0x0b]),
    "field number zero": Buffer.from([0x02, 0x00]),
    "invalid UTF-8 in a namespace": Buffer.from([0x0a, 2, 0xff, 0xfe, 0x12, 1, 0x61]),
    nothing: Buffer.alloc(0),
  };
  it.each(Object.entries(garbage))("%s, to every method", async (_, bytes) => {
    for (const path of methods().keys()) {
      const { code } = await raw.send(path, bytes);
      expect([0, 3, 5, 13], path).toContain(code);
    }
    await answersCorrectly();
  });

  it("is refused when larger than 4 MiB, on every method that takes one request", async () => {
    for (const [path, { requestStream }] of methods()) {
      if (requestStream) continue;
      const { code } = await raw.send(path, Buffer.alloc(4 * 1024 * 1024 + 1));
      expect(code, path).toBe(8);
    }
    await answersCorrectly();
  });

  it("are refused where no method is", async () => {
    expect(await raw.send(`${CLAIMS}Nothing`, Buffer.alloc(3))).toMatchObject({ code: 12 });
  });
});

/** Honest requests to start from. */
function seeds(random: Random): readonly [path: string, message: object][] {
  const on = { namespace: "n", key: random.bytes(1 + random.below(40)) };
  const claimId = random.bytes(16);
  const admin = "/claimd.v1.Admin/";
  return [
    [`${CLAIMS}Claim`, { ...on, claimId, leaseMs: 100 + random.below(9000), holder: "h" }],
    [`${CLAIMS}Claim`, { ...on, claimId, fingerprint: random.bytes(32), complete: true }],
    [`${CLAIMS}Claim`, { ...on, claimId, waitMs: random.below(50), windowMs: 5000 }],
    [`${CLAIMS}Complete`, { ...on, claimId, result: { data: random.bytes(50), ref: "r" } }],
    [`${CLAIMS}Fail`, { ...on, claimId, outcome: "TERMINAL", result: { metadata: { a: "b" } } }],
    [`${CLAIMS}Extend`, { ...on, claimId, leaseMs: 1000 }],
    [`${CLAIMS}Get`, on],
    [`${CLAIMS}Forget`, { ...on, fencingToken: random.below(2 ** 30) }],
    [`${CLAIMS}Batch`, { commands: [{ ...group, claimIds: random.bytes(32) }] }],
    [`${CLAIMS}Session`, { frame: 1, commands: [{ ...group, claimIds: random.bytes(32) }] }],
    [`${CLAIMS}Session`, { frame: 2, cancel: [{ frame: 1, index: 0 }] }],
    [`${CLAIMS}WatchTopology`, {}],
    [`${admin}PutNamespace`, { namespace: { name: "fuzz", windowMs: 5000, quota: { bytes: 9 } } }],
    [`${admin}GetNamespace`, { name: "fuzz" }],
    [`${admin}DeleteNamespace`, { name: "fuzz", revision: random.below(5) }],
    [`${admin}SetPaused`, { name: "fuzz", paused: true }],
    [
      `${admin}ListRecords`,
      { namespace: "fuzz", state: "LAPSED", prefix: Buffer.from("a"), limit: 3 },
    ],
    [`${admin}Resolve`, { ...on, fencingToken: 1, resolution: "COMPLETED", result: {} }],
    [`${admin}ListDoubles`, {}],
    [`${admin}Stats`, {}],
  ];
}

function mutate(random: Random, honest: Buffer): Buffer {
  const bytes = Buffer.from(honest);
  const times = 1 + random.below(4);
  let mutated = bytes;
  for (let at = 0; at < times; at++) {
    const where = random.below(mutated.length + 1);
    const fate = random.below(5);
    if (fate === 0 && mutated.length > 0) mutated[where % mutated.length] = random.below(256);
    else if (fate === 1) mutated = mutated.subarray(0, where);
    else if (fate === 2) {
      const inserted = random.bytes(random.below(12));
      mutated = Buffer.concat([mutated.subarray(0, where), inserted, mutated.subarray(where)]);
    } else if (fate === 3 && mutated.length > 0) {
      const bit = 1 << random.below(8);
      const byte = where % mutated.length;
      mutated[byte] = (mutated[byte] ?? 0) ^ bit;
    } else mutated = Buffer.concat([mutated, mutated.subarray(where)]);
  }
  return mutated;
}

describe("fuzz", () => {
  it(
    `of ${FUZZ} requests leaves a server that answers correctly (seed ${seed})`,
    async () => {
      const random = seededRandom(seed);
      const paths = [...methods().keys()].filter((path) => !path.endsWith("AcceptClock"));
      const codes = new Map<number, number>();
      let left = FUZZ;
      const worker = async (): Promise<void> => {
        while (left-- > 0) {
          const [path, message] = random.pick(seeds(random));
          const target = random.chance(0.05) ? random.pick(paths) : path;
          const honest = bytesOf(path, message);
          const bytes = random.chance(0.1)
            ? random.bytes(random.below(200))
            : mutate(random, honest);
          const { code, message: text } = await raw.send(target, bytes);
          codes.set(code, (codes.get(code) ?? 0) + 1);
          // 13 is grpc's own word for bytes that are no message.
          const fine =
            [0, 3, 5, 6, 8, 9, 12].includes(code) ||
            (code === 13 && /deseriali/i.test(text)) ||
            (code === 14 && /paused/.test(text));
          expect(fine, `${target} ${bytes.toString("hex")} -> ${code} ${text}`).toBe(true);
        }
      };
      await Promise.all(Array.from({ length: 32 }, worker));
      expect(codes.get(0) ?? 0).toBeGreaterThan(FUZZ / 20);
      expect(codes.get(3) ?? 0).toBeGreaterThan(FUZZ / 50);
      await answersCorrectly();
      const { code } = await raw.send("/claimd.v1.Admin/Stats", Buffer.alloc(0));
      expect(code).toBe(0);
    },
    60_000 + FUZZ * 10,
  );

  it("left no trace of an unhandled error, and the server ends with 0", async () => {
    expect(await node.stop()).toEqual({ code: 0, signal: null });
    expect(node.server.stderr).not.toMatch(/unhandled|uncaught|invariant|TypeError|RangeError/i);
  });
});
