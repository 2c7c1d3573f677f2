/** Every bound of a request: at its limit, one beyond, empty, missing, over each way to ask. */
import type { Namespace, Result } from "@claimd/proto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ClaimCommand, Command, Transport } from "./support/command.ts";
import { KeyAsker, newClaimId, newKey } from "./support/key-asker.ts";
import { endNodes, TestNode } from "./support/test-node.ts";
import { TRANSPORTS } from "./support/transports.ts";
import { errorAnswer } from "./support/wire.ts";

const DAY_MS = 86_400_000;
let node: TestNode;
beforeAll(async () => {
  node = await TestNode.start({ env: { CLAIMD_AUTO_CREATE_NAMESPACES: "0" } });
  await node.put({ name: "n", maxLeaseMs: 60_000, maxWindowMs: 2 * DAY_MS, maxWaitMs: 1000 });
  await node.put({ name: "x".repeat(64) });
});
afterAll(endNodes);

const repeated = (bytes: number): Buffer => Buffer.alloc(bytes, "k");

describe.each(Object.entries(TRANSPORTS))("bounds over %s", (name, open) => {
  let transport: Transport;
  beforeAll(() => {
    transport = open(node.claims);
  });
  afterAll(() => {
    transport.close();
  });
  const claim = (options: Partial<ClaimCommand>): ClaimCommand => ({
    verb: "CLAIM",
    namespace: "n",
    key: newKey(),
    claimId: newClaimId(),
    ...options,
  });
  const refused = async (command: Command, ...words: readonly RegExp[]): Promise<void> => {
    const answer = await transport.ask(command);
    expect(answer).toMatchObject({ kind: "error", code: 3, reason: "INVALID_ARGUMENT" });
    for (const word of words) expect(answer.kind === "error" && answer.message).toMatch(word);
  };

  const good: readonly [string, Partial<ClaimCommand>][] = [
    ["a key of 1 byte", { key: Buffer.from([0]) }],
    ["a key of 512 bytes", { key: repeated(512) }],
    ["a key of bytes that are no text", { key: Buffer.from([0xff, 0xfe, 0, 0xc0]) }],
    ["a fingerprint of 32 bytes", { fingerprint: repeated(32) }],
    ["a holder of 128 bytes", { holder: "é".repeat(64) }],
    ["a lease of 100 ms", { leaseMs: 100 }],
    ["the longest lease", { leaseMs: 60_000 }],
    ["a window of 1 s", { windowMs: 1000 }],
    ["the longest window", { windowMs: 2 * DAY_MS }],
    ["a namespace of 64 characters", { namespace: "x".repeat(64) }],
  ];
  it.each(good)("takes %s", async (_, options) => {
    const command = claim(options);
    expect(await transport.ask(command)).toMatchObject({ status: "GRANTED" });
    // The same few keys are for the next way to ask, too.
    await transport.ask({ verb: "FORGET", namespace: command.namespace, key: command.key });
  });

  const bad: readonly [string, Partial<ClaimCommand>, ...RegExp[]][] = [
    ["no key", { key: Buffer.alloc(0) }, /key/, /\b0\b/],
    ["a key of 513 bytes", { key: repeated(513) }, /key/, /513/, /512/],
    ["a huge key", { key: repeated(100_000) }, /key/],
    ["no claim id", { claimId: Buffer.alloc(0) }, /claim_?ids?/i, /16/],
    ["a claim id of 15 bytes", { claimId: repeated(15) }, /claim_?ids?/i, /15/],
    ["a claim id of 17 bytes", { claimId: repeated(17) }, /claim_?ids?/i, /17/],
    ["a fingerprint of 33 bytes", { fingerprint: repeated(33) }, /fingerprint/, /33/, /32/],
    ["a holder of 129 bytes", { holder: "x".repeat(129) }, /holder/, /129/, /128/],
    ["a holder of 130 bytes in 65 characters", { holder: "é".repeat(65) }, /holder/, /130/],
    ["a huge traceparent", { traceparent: "0".repeat(4000) }, /traceparent/],
    ["a lease of 99 ms", { leaseMs: 99 }, /lease/, /99/, /100/],
    ["a lease that is too long", { leaseMs: 60_001 }, /lease/, /60_?,?001/],
    ["the greatest lease there is", { leaseMs: 2 ** 32 - 1 }, /lease/],
    ["a window of 999 ms", { windowMs: 999 }, /window/, /999/],
    ["a window that is too long", { windowMs: 2 * DAY_MS + 1 }, /window/],
    ["a namespace of 65 characters", { namespace: "x".repeat(65) }, /namespace/],
    ["an empty namespace", { namespace: "" }, /namespace/],
    ["a namespace in capitals", { namespace: "N" }, /namespace/],
    ["a namespace with an underscore", { namespace: "a_b" }, /namespace/],
  ];
  it.each(bad)("refuses %s, and says what is wrong with it", async (_, options, ...words) => {
    const command = claim(options);
    await refused(command, ...words);
    if (command.namespace !== "n" || command.key.length === 0 || command.key.length > 512) return;
    expect(await new KeyAsker(transport, "n", command.key).get()).toMatchObject({ found: false });
  });

  it("refuses a wait that is too long, in a Batch any", async () => {
    await refused(claim({ waitMs: 1001 }), /wait/);
    if (name === "batch") await refused(claim({ waitMs: 1 }), /wait/);
    else expect(await transport.ask(claim({ waitMs: 1000 }))).toMatchObject({ attempt: 1 });
  });

  const results: readonly [string, Result, boolean][] = [
    ["a content type of 128 bytes", { contentType: "x".repeat(128) }, true],
    ["a content type of 129 bytes", { contentType: "x".repeat(129) }, false],
    ["16 entries of metadata", { metadata: entries(16) }, true],
    ["17 entries of metadata", { metadata: entries(17) }, false],
    ["4 KiB of metadata", { metadata: { a: "x".repeat(4095) } }, true],
    ["more than 4 KiB of metadata", { metadata: { a: "x".repeat(4096) } }, false],
    ["a ref of 2,048 bytes", { ref: "x".repeat(2048) }, true],
    ["a ref of 2,049 bytes", { ref: "x".repeat(2049) }, false],
  ];
  it.each(results)("a result with %s", async (_, result, fine) => {
    const key = new KeyAsker(transport, "n");
    await key.claim();
    const { own: claimId, on } = key;
    const settles: readonly Command[] = [
      { verb: "COMPLETE", ...on, claimId, result },
      { verb: "FAIL", ...on, claimId, outcome: "TERMINAL", result },
    ];
    for (const settle of settles) {
      if (fine) expect(await transport.ask(settle)).toMatchObject({ kind: "settle" });
      else await refused(settle);
    }
    expect(await key.record()).toMatchObject({ state: fine ? "COMPLETED" : "IN_PROGRESS" });
  });

  it("refuses settles, Extend, Get and Forget out of bounds", async () => {
    const on = { namespace: "n", key: newKey() };
    const claimId = newClaimId();
    await refused({ verb: "COMPLETE", ...on, claimId: repeated(15) });
    await refused({ verb: "FAIL", ...on, claimId: repeated(15), outcome: "RETRYABLE" });
    await refused({ verb: "EXTEND", ...on, claimId: repeated(15) });
    await refused({ verb: "EXTEND", ...on, claimId, leaseMs: 60_001 }, /lease/);
    await refused({ verb: "EXTEND", ...on, claimId, leaseMs: 99 }, /lease/);
    await refused({ verb: "GET", ...on, key: Buffer.alloc(0) }, /key/);
    await refused({ verb: "FORGET", ...on, key: repeated(513) }, /key/);
    await refused({ verb: "FORGET", ...on, fencingToken: 2 ** 53 + 2 }, /fencing/i);
  });
});

describe("bounds of a namespace", () => {
  const good: readonly [string, Namespace][] = [
    ["the shortest times", { windowMs: 1000, leaseMs: 100 }],
    ["the longest times", { windowMs: 366 * DAY_MS, leaseMs: DAY_MS, maxWaitMs: 60_000 }],
    ["the largest results", { resultMaxBytes: 512 * 1024 }],
    ["the most attempts", { maxAttempts: 1_000_000 }],
  ];
  it.each(good)("takes %s", async (text, namespace) => {
    const name = text.replace(/\W+/g, "-");
    expect(await node.put({ name, ...namespace })).toMatchObject({ name });
  });

  const bad: readonly [string, Namespace, RegExp][] = [
    ["no name", { name: "" }, /name/],
    ["a name of 65 characters", { name: "x".repeat(65) }, /name/],
    ["a name in capitals", { name: "ABC" }, /name/],
    ["a name with a dot", { name: "a.b" }, /name/],
    ["a window of 999 ms", { windowMs: 999 }, /window/],
    ["a window over 366 days", { windowMs: 366 * DAY_MS + 1 }, /window/],
    ["a longest window below the window", { windowMs: 5000, maxWindowMs: 4000 }, /window/i],
    ["a lease of 99 ms", { leaseMs: 99 }, /lease/],
    ["a lease over a day", { leaseMs: DAY_MS + 1 }, /lease/],
    ["a longest lease below the lease", { leaseMs: 5000, maxLeaseMs: 4000 }, /lease/i],
    ["a wait over a minute", { maxWaitMs: 60_001 }, /wait/i],
    ["results over 512 KiB", { resultMaxBytes: 512 * 1024 + 1 }, /result/i],
    ["too many attempts", { maxAttempts: 1_000_001 }, /attempts/i],
  ];
  it.each(bad)("refuses %s", async (_, namespace, word) => {
    const answer = await node
      .put({ name: "refused", ...namespace })
      .then(() => undefined, errorAnswer);
    expect(answer).toMatchObject({ code: 3, reason: "INVALID_ARGUMENT" });
    expect(answer?.message).toMatch(word);
  });
});

function entries(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, "v"]));
}
