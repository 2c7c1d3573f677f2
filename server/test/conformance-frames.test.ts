/**
 * Batch and Session as frames: bounds, an answer for each, nothing that one command does to
 * another.
 */
import { randomBytes } from "node:crypto";
import type { BatchResponse__Output } from "@claimd/proto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answersOf } from "./support/columns.ts";
import type { Answer, ClaimCommand, Command } from "./support/command.ts";
import { KeyAsker, newClaimId, newKey } from "./support/key-asker.ts";
import { openSession } from "./support/session.ts";
import { endNodes, TestNode } from "./support/test-node.ts";
import { askBatch, unary } from "./support/transports.ts";
import { call, deadline, errorAnswer } from "./support/wire.ts";

const MIB = 1024 * 1024;
let node: TestNode;
beforeAll(async () => {
  node = await TestNode.start({ env: { CLAIMD_AUTO_CREATE_NAMESPACES: "0" } });
  await node.put({ name: "a" });
  await node.put({ name: "b" });
  await node.put({ name: "large", resultMaxBytes: 512 * 1024 });
});
afterAll(endNodes);

const claim = (namespace = "a", options: Partial<ClaimCommand> = {}): ClaimCommand => ({
  verb: "CLAIM",
  namespace,
  key: newKey(),
  claimId: newClaimId(),
  ...options,
});

const frames: Readonly<Record<string, (commands: readonly Command[]) => Promise<Answer[]>>> = {
  batch: (commands) => askBatch(node.claims, commands),
  session: async (commands) => {
    const stream = openSession(node.claims);
    const answers = await Promise.all(stream.send(commands).answers);
    stream.end();
    expect(stream.complaints).toEqual([]);
    return answers;
  },
};

describe.each(Object.entries(frames))("a frame over %s", (_name, ask) => {
  it("may hold a thousand commands", async () => {
    const answers = await ask(Array.from({ length: 1000 }, () => claim()));
    const statuses = new Set(answers.map((each) => "status" in each && each.status));
    expect([...statuses]).toEqual(["GRANTED"]);
    const tokens = answers.map((each) => (each.kind === "claim" ? each.fencingToken : 0));
    expect(tokens.every((token) => token > 0)).toBe(true);
  });

  it("answers each command of every verb, namespace and option, in its place", async () => {
    const first = claim("a", { fingerprint: Buffer.from("f"), holder: "h" });
    const second = claim("b", { leaseMs: 5000 });
    const missing = { verb: "GET", namespace: "a", key: newKey() } as const;
    const on = (command: ClaimCommand): { namespace: string; key: Buffer } => ({
      namespace: command.namespace,
      key: command.key,
    });
    const answers = await ask([
      first,
      missing,
      second,
      { ...first, claimId: newClaimId() },
      { ...first, claimId: newClaimId(), fingerprint: Buffer.from("g") },
      { verb: "COMPLETE", ...on(first), claimId: first.claimId, result: { ref: "r" } },
      { verb: "FAIL", ...on(second), claimId: newClaimId(), outcome: "TERMINAL" },
      { verb: "EXTEND", ...on(second), claimId: second.claimId },
      { verb: "GET", ...on(first) },
      { verb: "FORGET", ...on(second) },
      { verb: "GET", ...on(second) },
    ]);
    expect(answers).toMatchObject([
      { status: "GRANTED", attempt: 1 },
      { kind: "get", found: false },
      { status: "GRANTED", attempt: 1 },
      { status: "IN_PROGRESS", holder: "h" },
      { status: "MISMATCH" },
      { status: "APPLIED", late: false },
      { status: "STALE_OWNER", current: { state: "IN_PROGRESS" } },
      { status: "APPLIED" },
      { found: true, record: { state: "COMPLETED", result: { ref: "r" } } },
      { kind: "forget", existed: true },
      { kind: "get", found: false },
    ]);
  });

  it("grants a key once, however often it asks for it", async () => {
    const key = newKey();
    const answers = await ask(Array.from({ length: 100 }, () => claim("a", { key })));
    const statuses = answers.map((each) => ("status" in each ? each.status : each.kind));
    expect(statuses[0]).toBe("GRANTED");
    expect(new Set(statuses.slice(1))).toEqual(new Set(["IN_PROGRESS"]));
  });

  it("refuses a bad command alone", async () => {
    const answers = await ask([
      claim(),
      claim("a", { key: Buffer.alloc(0) }),
      claim("nowhere"),
      claim("a", { leaseMs: 1 }),
      claim("a", { key: Buffer.alloc(513, "k") }),
      claim(),
    ]);
    expect(answers).toMatchObject([
      { status: "GRANTED" },
      { kind: "error", code: 3, reason: "INVALID_ARGUMENT" },
      { kind: "error", code: 5, reason: "NAMESPACE_NOT_FOUND" },
      { kind: "error", code: 3, reason: "INVALID_ARGUMENT" },
      { kind: "error", code: 3, reason: "INVALID_ARGUMENT" },
      { status: "GRANTED" },
    ]);
  });
});

describe("Batch", () => {
  it("refuses 1,001 commands and grants none of them", async () => {
    const commands = Array.from({ length: 1001 }, () => claim());
    const error = await askBatch(node.claims, commands).then(() => undefined, errorAnswer);
    expect(error).toMatchObject({ code: 3, reason: "INVALID_ARGUMENT" });
    expect(error?.message).toMatch(/1,?001/);
    expect(error?.message).toMatch(/1,?000/);
    const [first] = commands as [ClaimCommand];
    const key = new KeyAsker(unary(node.claims), "a", first.key);
    expect(await key.get()).toMatchObject({ found: false });
  });

  it("refuses wait_ms", async () => {
    const answers = await askBatch(node.claims, [claim("a", { waitMs: 100 })]).catch(
      (error: unknown) => [errorAnswer(error)],
    );
    expect(answers).toMatchObject([{ kind: "error", code: 3, reason: "INVALID_ARGUMENT" }]);
  });

  it("of nothing is answered with nothing", async () => {
    const { answers } = await call<BatchResponse__Output>((done) =>
      node.claims.batch({ commands: [] }, deadline(), done),
    );
    expect(answersOf(answers)).toEqual([]);
  });

  it("keeps its answer under 3 MiB: further results are omitted and fetched by Get", async () => {
    const transport = unary(node.claims);
    const keys = Array.from({ length: 12 }, () => new KeyAsker(transport, "large"));
    const data = randomBytes(400 * 1024);
    for (const key of keys) {
      await key.claim();
      await key.complete(key.own, { data });
    }
    let bytes = 0;
    const answers = await askBatch(
      node.claims,
      keys.map((key) => claim("large", { key: key.key })),
    );
    let omitted = 0;
    for (const answer of answers) {
      if (answer.kind !== "claim") throw new Error(answer.kind);
      expect(answer).toMatchObject({ status: "COMPLETED", result: { sizeBytes: data.length } });
      bytes += answer.result?.data.length ?? 0;
      if (answer.result?.omitted === true) omitted += 1;
      else expect(answer.result?.data.equals(data)).toBe(true);
    }
    expect(bytes).toBeLessThan(3 * MIB);
    expect(omitted).toBeGreaterThan(0);
    expect(omitted).toBeLessThan(12);
    const last = keys.at(-1) as KeyAsker;
    expect((await last.record()).result?.data.equals(data)).toBe(true);
  });
});

describe("Session", () => {
  it("answers a frame that is too long as a whole or each of it, and goes on", async () => {
    const stream = openSession(node.claims);
    const { answers } = stream.send(Array.from({ length: 1001 }, () => claim()));
    for (const answer of await Promise.all(answers)) {
      expect(answer).toMatchObject({ kind: "error", code: 3 });
    }
  });

  it("answers many frames in flight, and what was sent before the end", async () => {
    const stream = openSession(node.claims);
    const sent = Array.from({ length: 200 }, () =>
      stream.send(Array.from({ length: 20 }, () => claim())),
    );
    stream.end();
    const answers = await Promise.all(sent.flatMap((each) => each.answers));
    expect(answers.every((each) => each.kind === "claim" && each.status === "GRANTED")).toBe(true);
    expect(stream.complaints).toEqual([]);
  });

  it("lets a hundred streams ask for the same keys and grants each key once", async () => {
    const keys = Array.from({ length: 50 }, () => newKey());
    const streams = Array.from({ length: 100 }, () => openSession(node.claims));
    const answers = await Promise.all(
      streams.flatMap((stream) => stream.send(keys.map((key) => claim("b", { key }))).answers),
    );
    const granted = answers.filter((each) => each.kind === "claim" && each.status === "GRANTED");
    expect(granted).toHaveLength(50);
    for (const stream of streams) stream.end();
  });
});
