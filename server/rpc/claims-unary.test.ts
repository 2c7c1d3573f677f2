import { Client, credentials, status } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import type { ClaimReply } from "../claim/reply.ts";
import { ClaimdError, ERROR_CODES } from "../errors.ts";
import { CLAIM_ID } from "./test/commands.ts";
import { call, eventually, type RpcFixture, startRpc } from "./test/rpc-fixture.ts";
import { GRPC_STATUS } from "./status.ts";

const key = Buffer.from("order-1");
const claim = { namespace: "payments", key, claimId: CLAIM_ID };
const running: ClaimReply = {
  type: "claim",
  status: "IN_PROGRESS",
  attempt: 1,
  traceparent: "",
  ageMs: 5,
  expiresInMs: 6,
  retryAfterMs: 7,
  holder: "pod-1",
};

describe("a unary call", () => {
  let rpc: RpcFixture;
  afterEach(() => rpc[Symbol.asyncDispose]());

  it("is answered by each method in its own message", async () => {
    rpc = await startRpc({});
    expect(await call(rpc.claims, "claim", claim)).toMatchObject({ status: "GRANTED", attempt: 1 });
    expect(await call(rpc.claims, "complete", claim)).toMatchObject({ status: "APPLIED" });
    expect(await call(rpc.claims, "fail", { ...claim, outcome: "UNKNOWN" })).toMatchObject({
      status: "APPLIED",
    });
    expect(await call(rpc.claims, "extend", claim)).toMatchObject({ status: "APPLIED" });
    expect(await call(rpc.claims, "get", claim)).toEqual({ found: false, record: null });
    expect(await call(rpc.claims, "forget", claim)).toEqual({ existed: true });
    expect(rpc.node.submitted.map(({ command }) => command.type)).toEqual([
      "claim",
      "complete",
      "fail",
      "extend",
      "get",
      "forget",
    ]);
    expect(rpc.handled).toContain("Claim OK");
  });

  it("carries every field of a claim", async () => {
    rpc = await startRpc({});
    const fields = { leaseMs: 100, windowMs: 1000, complete: true, holder: "h", traceparent: "t" };
    await call(rpc.claims, "claim", { ...claim, ...fields, fingerprint: Buffer.from("f") });
    expect(rpc.node.submitted[0]?.command).toMatchObject({
      ...fields,
      fingerprint: Buffer.from("f"),
    });
  });

  it.each(["claim", "complete", "fail", "extend", "get", "forget"])(
    "is refused by name, value and bound: %s",
    async (method) => {
      rpc = await startRpc({});
      const request = { ...claim, key: Buffer.alloc(513) };
      await expect(call(rpc.claims, method, request)).rejects.toEqual({
        code: status.INVALID_ARGUMENT,
        reason: "INVALID_ARGUMENT",
        details: "key: 513 bytes, at most 512",
        retryAfterMs: "",
      });
      expect(rpc.handled.at(-1)).toMatch(/ InvalidArgument$/);
    },
  );

  it.each(ERROR_CODES)("carries a refusal's code, reason and hint: %s", async (code) => {
    rpc = await startRpc({});
    rpc.node.script = () => ({ type: "refused", code, message: "why: é", retryAfterMs: 1500.2 });
    const internal = code === "INTERNAL";
    await expect(call(rpc.claims, "get", claim)).rejects.toEqual({
      code: GRPC_STATUS[code],
      reason: code,
      details: internal ? "internal error" : "why: é",
      retryAfterMs: internal ? "" : "1501",
    });
  });

  it("makes a namespace by its first use where the node allows it", async () => {
    rpc = await startRpc();
    await expect(call(rpc.claims, "claim", claim)).rejects.toMatchObject({
      code: status.NOT_FOUND,
      reason: "NAMESPACE_NOT_FOUND",
    });
    rpc.node.autoCreate = true;
    expect(await call(rpc.claims, "claim", claim)).toMatchObject({ status: "GRANTED" });
  });

  it("is told nothing of an error that is not ours, the log is", async () => {
    rpc = await startRpc({});
    rpc.node.submit = () => {
      throw new TypeError("secret path /x");
    };
    await expect(call(rpc.claims, "get", claim)).rejects.toMatchObject({
      code: status.INTERNAL,
      details: "internal error",
    });
    expect(JSON.stringify(rpc.lines)).toContain("secret path");
  });

  it("lives on after bytes that are no message", async () => {
    rpc = await startRpc({});
    const raw = new Client(rpc.address, credentials.createInsecure());
    const garbage = await new Promise<{ code: number; details: string } | null>((resolve) => {
      const asIs = (bytes: Buffer): Buffer => bytes;
      const path = "/claimd.v1.Claims/Claim";
      raw.makeUnaryRequest(path, asIs, asIs, Buffer.from("ff08ff", "hex"), resolve);
    });
    raw.close();
    expect(garbage).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(await call(rpc.claims, "get", claim)).toMatchObject({ found: false });
  });

  it("frees its parked claim when the caller gives up", async () => {
    rpc = await startRpc({});
    rpc.node.script = () => undefined;
    const parked = rpc.claims.claim({ ...claim, waitMs: 20_000 }, () => undefined);
    await eventually(() => rpc.node.parked.size === 1, "parked");
    parked.cancel();
    await eventually(() => rpc.node.parked.size === 0, "freed");
    await eventually(() => rpc.handled.includes("Claim Canceled"), "counted");
  });

  it("waits no longer than its deadline lets it, so that the answer comes first", async () => {
    rpc = await startRpc({});
    rpc.node.script = ({ waitMs, asker, index }) => {
      setTimeout(() => {
        asker.answer(index, running);
        asker.flush();
      }, waitMs);
      return undefined;
    };
    const waiting = { ...claim, waitMs: 20_000 };
    const answer = await call(rpc.claims, "claim", waiting, 1000);
    expect(answer).toMatchObject({ status: "IN_PROGRESS", retryAfterMs: 7, holder: "pod-1" });
    expect(rpc.node.submitted[0]?.waitMs).toBeLessThanOrEqual(951);
  });
});

describe("ClaimdError", () => {
  it("has one status for each of its codes", () => {
    for (const code of ERROR_CODES) expect(GRPC_STATUS[code]).toBeGreaterThan(0);
    expect(new ClaimdError("PAUSED", "x").retryAfterMs).toBe(0);
  });
});
