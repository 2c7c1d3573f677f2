import type { BatchResponse__Output } from "@claimd/proto";
import { Metadata, status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Refusal, Reply } from "../claim/reply.ts";
import { statusOf } from "./status.ts";
import { CLAIM_ID, group } from "./test/commands.ts";
import { call, eventually, type RpcFixture, startRpc } from "./test/rpc-fixture.ts";

let asked: RpcFixture;
let leader: RpcFixture;

beforeEach(async () => {
  asked = await startRpc({});
  leader = await startRpc({});
  asked.node.script = () => notLeader(leader.address);
});

afterEach(async () => {
  await asked[Symbol.asyncDispose]();
  await leader[Symbol.asyncDispose]();
});

const notLeader = (address: string): Reply => ({
  type: "refused",
  code: "NOT_LEADER",
  message: "another node leads",
  retryAfterMs: 0,
  leader: { address, epoch: 3 },
});
const completed = (data: Buffer): Reply => ({
  type: "claim",
  status: "COMPLETED",
  attempt: 1,
  traceparent: "",
  ageMs: 1,
  expiresInMs: 1,
  result: {
    ...{ data, contentType: "", metadata: {}, ref: "", omitted: false },
    sizeBytes: data.length,
  },
});
const key = Buffer.from("order-1");
const claim = { namespace: "payments", key, claimId: CLAIM_ID };

describe("a unary call to a node that does not lead", () => {
  it("is answered by the leader: each method, with all its fields", async () => {
    const fields = { leaseMs: 100, windowMs: 1000, holder: "h", traceparent: "t" };
    const fingerprint = Buffer.from("f");
    const claimed = await call(asked.claims, "claim", { ...claim, ...fields, fingerprint });
    expect(claimed).toMatchObject({ status: "GRANTED", attempt: 1 });
    const result = { data: Buffer.from("done"), metadata: { a: "b" } };
    await call(asked.claims, "complete", { ...claim, result });
    await call(asked.claims, "fail", { ...claim, outcome: "UNKNOWN" });
    await call(asked.claims, "extend", { ...claim, leaseMs: 500 });
    expect(await call(asked.claims, "get", claim)).toEqual({ found: false, record: null });
    expect(await call(asked.claims, "forget", { ...claim, fencingToken: 7 })).toEqual({
      existed: true,
    });
    expect(leader.node.submitted.map(({ command }) => command)).toEqual(
      asked.node.submitted.map(({ command }) => command),
    );
    const resolution = { ...claim, fencingToken: 4, resolution: "COMPLETED" };
    expect(await call(asked.admin, "resolve", resolution)).toMatchObject({ status: "APPLIED" });
    expect(leader.node.submitted).toHaveLength(7);
    expect(leader.node.submitted[0]?.command).toMatchObject({ ...fields, fingerprint });
    expect(asked.handled).toContain("Claim OK");
  });

  it("is refused as the leader refuses it", async () => {
    const refused = { type: "refused", code: "PAUSED", message: "é", retryAfterMs: 12 } as const;
    leader.node.script = () => refused;
    await expect(call(asked.claims, "claim", claim)).rejects.toEqual({
      ...{ code: status.UNAVAILABLE, reason: "PAUSED", details: "é", retryAfterMs: "12" },
    });
  });

  it("is sent on once: nodes that disagree do not send it in circles", async () => {
    leader.node.script = () => notLeader(asked.address);
    await expect(call(asked.claims, "claim", claim)).rejects.toMatchObject({
      ...{ code: status.FAILED_PRECONDITION, reason: "NOT_LEADER" },
    });
    expect([asked.node.submitted.length, leader.node.submitted.length]).toEqual([1, 1]);
  });

  it("names in its trailers who leads, where that is known", () => {
    const leaderIn = (address: string) =>
      statusOf(notLeader(address) as Refusal).metadata.get("claimd-leader");
    expect(leaderIn("10.0.0.1:7000")).toEqual(["10.0.0.1:7000"]);
    expect(leaderIn("")).toEqual([]);
  });

  it("is NOT_LEADER where nobody knows the leader", async () => {
    asked.node.script = () => notLeader("");
    const refused = expect(call(asked.claims, "get", claim)).rejects;
    await refused.toMatchObject({ reason: "NOT_LEADER" });
  });

  it("has an unknown outcome where the leader is gone", async () => {
    await leader.server.close(0);
    await expect(call(asked.claims, "claim", claim)).rejects.toMatchObject({
      ...{ code: status.UNAVAILABLE, reason: "STORAGE_UNAVAILABLE", retryAfterMs: "1000" },
    });
  });

  it("takes its deadline with it, and its giving up", async () => {
    leader.node.script = () => undefined;
    const waiting = { ...claim, waitMs: 20_000 };
    const given = asked.claims.claim(
      ...[waiting, new Metadata(), { deadline: Date.now() + 5000 }],
      () => undefined,
    );
    await eventually(() => leader.node.parked.size === 1, "parked there");
    const [parked] = leader.node.parked;
    expect(parked?.waitMs).toBeGreaterThan(1000);
    expect(parked?.waitMs).toBeLessThanOrEqual(4950);
    given.cancel();
    await eventually(() => leader.node.parked.size === 0, "freed there");
    await eventually(() => leader.handled.includes("Claim Canceled"), "counted there");
  });
});

describe("a Batch to a node that does not lead all of it", () => {
  const batch = async (...commands: ReturnType<typeof group>[]) => {
    const response = await call(asked.claims, "batch", { commands });
    return (response as BatchResponse__Output).answers;
  };
  const keys = (count: number) =>
    Array.from({ length: count }, (_, at) => ({
      key: Buffer.from(`k${at}`),
      claimId: Buffer.alloc(16, at),
      fingerprint: Buffer.from(at % 2 === 0 ? "" : `print-${at}`),
      traceparent: `t${at}`,
    }));

  it("has every answer under its index, from whom it may be", async () => {
    await using third = await startRpc({});
    const nodes = [asked, leader, third];
    asked.node.script = ({ key, command }) => {
      const at = Number(key.toString().slice(1)) % 3;
      const node = nodes[at] as RpcFixture;
      if (node !== asked) return notLeader(node.address);
      return command.type === "get" ? { type: "get", record: undefined } : completed(key);
    };
    for (const each of [leader, third]) {
      each.node.script = ({ key, command }) =>
        command.type === "get" ? { type: "get", record: undefined } : completed(key);
    }
    const answers = await batch(
      group("payments", "CLAIM", keys(10), { holder: "h" }),
      group("payments", "GET", keys(5)),
      group("nobody", "GET", keys(1)),
    );
    const told = answers?.claims.flatMap(({ index, answer }) =>
      index.map((at) => [at, answer?.result?.data.toString()]),
    );
    expect(new Map(told as [number, string][])).toEqual(
      new Map(keys(10).map(({ key }, at) => [at, key.toString()])),
    );
    const got = answers?.gets.flatMap(({ index }) => index).sort((a, b) => a - b);
    expect(got).toEqual([10, 11, 12, 13, 14]);
    expect(answers?.refusals).toMatchObject([
      { index: [15], error: { reason: "NAMESPACE_NOT_FOUND" } },
    ]);
    for (const { command, key } of [...leader.node.submitted, ...third.node.submitted]) {
      const own = asked.node.submitted.find(
        (each) => each.key.equals(key) && each.command.type === command.type,
      );
      expect(command).toEqual(own?.command);
    }
    expect([leader.node.submitted.length, third.node.submitted.length]).toEqual([5, 4]);
  });

  it("is refused command by command where a leader refuses, or is gone", async () => {
    leader.node.script = () => notLeader(asked.address);
    const circle = await batch(group("payments", "GET", keys(3)));
    expect(circle?.refusals).toMatchObject([{ index: [0, 1, 2], error: { reason: "NOT_LEADER" } }]);
    await leader.server.close(0);
    const gone = await batch(group("payments", "GET", keys(3)));
    expect(gone?.refusals).toMatchObject([
      { index: [0, 1, 2], error: { reason: "STORAGE_UNAVAILABLE", retryAfterMs: 1000 } },
    ]);
  });

  it("stays under 3 MiB, whoever answers", async () => {
    const large = Buffer.alloc(64 * 1024);
    asked.node.script = ({ key }) =>
      key.toString() < "k5" ? completed(large) : notLeader(leader.address);
    leader.node.script = () => completed(large);
    const answers = await batch(group("payments", "CLAIM", keys(100)));
    const results = answers?.claims.map(({ answer }) => answer?.result) ?? [];
    const whole = results.filter((each) => each?.data.length === large.length);
    expect(results).toHaveLength(100);
    expect(whole.length).toBeGreaterThan(40);
    expect(whole.length * large.length).toBeLessThan(3 * 1024 * 1024);
    for (const each of results) expect(each?.sizeBytes).toBe(large.length);
  });
});
