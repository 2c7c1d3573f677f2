import type { Topology__Output } from "@claimd/proto";
import { Client, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { LIMITS } from "../limits.ts";
import { Calls } from "./calls.ts";
import { Sessions } from "./sessions.ts";
import { CLAIM_ID } from "./test/commands.ts";
import { call, eventually, failed, type RpcFixture, startRpc } from "./test/rpc-fixture.ts";

/** Serving status: 1 = SERVING, 2 = NOT_SERVING. */
function health(address: string, service: string): Promise<number> {
  const client = new Client(address, credentials.createInsecure());
  const name = Buffer.from(service);
  const request = Buffer.concat([Buffer.from(service === "" ? [] : [0x0a, name.length]), name]);
  return new Promise((resolve, reject) => {
    const asIs = (bytes: Buffer): Buffer => bytes;
    const path = "/grpc.health.v1.Health/Check";
    client.makeUnaryRequest(path, asIs, asIs, request, (error, response) => {
      client.close();
      if (error === null && response !== undefined) resolve(response[1] ?? 0);
      else reject(error ?? new Error("no answer"));
    });
  });
}

describe("RpcServer", () => {
  let rpc: RpcFixture;
  afterEach(() => rpc[Symbol.asyncDispose]());

  it("says whether it serves, to balancers", async () => {
    rpc = await startRpc({});
    expect(await health(rpc.address, "")).toBe(1);
    expect(await health(rpc.address, "claimd.v1.Claims")).toBe(1);
    rpc.server.endSessions();
    expect(await health(rpc.address, "")).toBe(2);
    expect(await health(rpc.address, "claimd.v1.Claims")).toBe(2);
  });

  it("tells the topology at once, and keeps the stream until it drains", async () => {
    rpc = await startRpc({});
    const stream = rpc.claims.watchTopology({});
    const topology = await new Promise<Topology__Output>((resolve) => stream.once("data", resolve));
    const inColumns = { replicas: [1], replicaCounts: [1, 0] };
    expect(topology).toEqual({ ...rpc.node.topology(), ...inColumns });
    const ended = new Promise<ServiceError>((resolve) => stream.on("error", resolve));
    rpc.server.endSessions();
    expect(failed(await ended)).toMatchObject({ code: status.UNAVAILABLE, reason: "DRAINING" });
  });

  it("tells each change of the topology, those of one moment together", async () => {
    rpc = await startRpc({});
    const stream = rpc.claims.watchTopology({});
    stream.on("error", () => undefined);
    const versions: number[] = [];
    stream.on("data", ({ version }: Topology__Output) => versions.push(version));
    await eventually(() => versions.length === 1, "the first");
    rpc.node.changeTopology();
    rpc.node.changeTopology();
    await eventually(() => versions.length === 2, "the change");
    rpc.node.changeTopology();
    await eventually(() => versions.length === 3, "the next change");
    expect(versions).toEqual([3, 5, 6]);
    stream.cancel();
    await eventually(() => rpc.node.topologyWatchers === 0, "unsubscribed");
  });

  it("forgets a watcher that is gone", async () => {
    rpc = await startRpc({});
    const stream = rpc.claims.watchTopology({});
    stream.on("error", () => undefined);
    await new Promise((resolve) => stream.once("data", resolve));
    stream.cancel();
    await eventually(() => rpc.handled.includes("WatchTopology Canceled"), "forgotten");
  });

  it("refuses a message of more than 4 MiB and lives on", async () => {
    rpc = await startRpc({});
    const data = Buffer.alloc(LIMITS.messageBytes.max + 1);
    const key = Buffer.from("k");
    const request = { namespace: "payments", key, claimId: CLAIM_ID };
    await expect(
      call(rpc.claims, "complete", { ...request, result: { data } }),
    ).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    expect(await call(rpc.claims, "complete", request)).toMatchObject({ status: "APPLIED" });
  });

  it("cuts what is still open when its time is over", async () => {
    rpc = await startRpc({});
    rpc.node.script = () => undefined;
    const key = Buffer.from("k");
    const request = { namespace: "payments", key, claimId: CLAIM_ID, waitMs: 9000 };
    const open = call(rpc.claims, "claim", request, 3000);
    await eventually(() => rpc.node.parked.size === 1, "parked");
    await Promise.all([rpc.server.close(100), expect(open).rejects.toHaveProperty("code")]);
    expect(rpc.node.parked.size).toBe(0);
  });
});

describe("Sessions", () => {
  it("refuses one more than it may have", () => {
    const handled: string[] = [];
    const parts = {
      log: undefined as never,
      metrics: { rpcHandled: (_s: string, _m: string, code: string) => handled.push(code) },
      monotonicMs: () => 0,
      wallClockMs: () => 0,
    };
    const sessions = new Sessions({ node: { draining: false } as never, wallClockMs: () => 0 }, 2);
    const handler = sessions.handler(new Calls(parts), "s");
    const errors: unknown[] = [];
    const stream = () => ({
      on: () => undefined,
      emit: (_event: string, error: unknown) => errors.push(error),
      getPeer: () => "",
      getDeadline: () => Infinity,
      metadata: new Metadata(),
    });
    for (let opened = 0; opened < 3; opened++) handler(stream() as never);
    expect(sessions.count).toBe(2);
    expect(errors).toMatchObject([
      { code: status.RESOURCE_EXHAUSTED, details: "sessions: 2 are open, at most 2" },
    ]);
    expect(handled).toEqual(["ResourceExhausted"]);
  });
});
