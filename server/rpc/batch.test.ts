import type { BatchResponse__Output } from "@claimd/proto";
import { status } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { group } from "./test/commands.ts";
import { call, type RpcFixture, startRpc } from "./test/rpc-fixture.ts";

const keys = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ key: Buffer.from(`k${at}`) }));

describe("Batch", () => {
  let rpc: RpcFixture;
  afterEach(() => rpc[Symbol.asyncDispose]());

  const batch = async (...commands: ReturnType<typeof group>[]) => {
    const response = await call(rpc.claims, "batch", { commands });
    return (response as BatchResponse__Output).answers;
  };

  it("answers each of 1,000 commands under its index", async () => {
    rpc = await startRpc({});
    const answers = await batch(
      group("payments", "CLAIM", keys(500)),
      group("payments", "GET", keys(500)),
    );
    expect(answers?.claims).toHaveLength(1);
    expect(answers?.claims[0]?.index).toHaveLength(500);
    expect(answers?.gets[0]?.index).toEqual(Array.from({ length: 500 }, (_, at) => 500 + at));
  });

  it("refuses 1,001 commands, and what would wait", async () => {
    rpc = await startRpc({});
    await expect(batch(group("payments", "GET", keys(1001)))).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: "commands: 1001 commands, at most 1000",
    });
    const answers = await batch(group("payments", "CLAIM", keys(2), { waitMs: 5 }));
    expect(answers?.refusals).toMatchObject([{ index: [0, 1] }]);
  });

  it("answers nothing to nothing", async () => {
    rpc = await startRpc({});
    expect(await batch()).toMatchObject({ claims: [], refusals: [] });
  });

  it("lets one bad command fail alone", async () => {
    rpc = await startRpc({});
    const commands = [...keys(2), { key: Buffer.alloc(600) }, ...keys(1)];
    const answers = await batch(
      group("payments", "CLAIM", commands),
      group("nobody", "GET", keys(1)),
    );
    expect(answers?.claims[0]?.index).toEqual([0, 1, 3]);
    expect(answers?.refusals).toMatchObject([
      { index: [2], error: { code: 3, reason: "INVALID_ARGUMENT" } },
      { index: [4], error: { code: 5, reason: "NAMESPACE_NOT_FOUND" } },
    ]);
  });

  it("stays under 3 MiB: results beyond come omitted", async () => {
    rpc = await startRpc({});
    const data = Buffer.alloc(64 * 1024);
    const result = { data, contentType: "", metadata: {}, ref: "", omitted: false };
    rpc.node.script = () => ({
      type: "claim",
      status: "COMPLETED",
      attempt: 1,
      traceparent: "",
      ageMs: 1,
      expiresInMs: 1,
      result: { ...result, sizeBytes: data.length },
    });
    const answers = await batch(group("payments", "CLAIM", keys(100)));
    const results = answers?.claims.map(({ answer }) => answer?.result) ?? [];
    const whole = results.filter((each) => each?.data.length === data.length);
    const omitted = results.filter((each) => each?.omitted);
    expect(whole.length).toBeGreaterThan(40);
    expect(whole.length * data.length).toBeLessThan(3 * 1024 * 1024);
    expect(whole.length + omitted.length).toBe(100);
    for (const each of omitted) expect(each?.sizeBytes).toBe(data.length);
  });
});
