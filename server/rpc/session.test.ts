import type { Commands, SessionRequest, SessionResponse__Output } from "@claimd/proto";
import { Client, credentials, type ServiceError, status } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { LIMITS } from "../limits.ts";
import { group } from "./test/commands.ts";
import { plainReply } from "./test/node-twin.ts";
import { eventually, type Failed, failed, type RpcFixture, startRpc } from "./test/rpc-fixture.ts";

const keys = (count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => ({ key: Buffer.from(`k${from + at}`) }));
const claims = (count: number, waitMs = 0): Commands =>
  group("payments", "CLAIM", keys(count), { waitMs });

/** A session with everything that came back on it. */
class Talk {
  readonly responses: SessionResponse__Output[] = [];
  ended: Failed | "ended" | undefined;
  readonly call;

  constructor(rpc: RpcFixture) {
    this.call = rpc.claims.session();
    this.call.on("data", (response: SessionResponse__Output) => this.responses.push(response));
    this.call.on("error", (error: ServiceError) => {
      this.ended = failed(error);
    });
    this.call.on("end", () => {
      this.ended ??= "ended";
    });
  }

  send(request: SessionRequest): boolean {
    return this.call.write(request);
  }

  /** `frame.index` of all answers so far. */
  get answered(): string[] {
    return this.responses.flatMap(({ frame, answers }) => {
      if (answers === null) return [];
      const { claims, settles, gets, forgets, refusals } = answers;
      const indexes = [claims, settles, gets, forgets, refusals].flatMap((groups) =>
        groups.flatMap(({ index }) => index),
      );
      return indexes.map((at) => `${frame}.${at}`);
    });
  }

  get refusals(): string[] {
    return this.responses.flatMap(({ answers }) =>
      (answers?.refusals ?? []).map(({ error }) => error?.reason ?? ""),
    );
  }
}

describe("Session", () => {
  let rpc: RpcFixture;
  afterEach(() => rpc[Symbol.asyncDispose]());

  it("answers pipelined frames, each command once", async () => {
    rpc = await startRpc({});
    const talk = new Talk(rpc);
    for (let frame = 0; frame < 50; frame++) talk.send({ frame, commands: [claims(20)] });
    await eventually(() => talk.answered.length >= 1000, "all answered");
    expect(new Set(talk.answered).size).toBe(1000);
    talk.call.end();
    await eventually(() => talk.ended === "ended", "ended");
    await eventually(() => rpc.server.sessions === 0, "closed");
    expect(rpc.handled).toEqual(["Session OK"]);
  });

  it("lets nothing wait behind a parked claim", async () => {
    rpc = await startRpc({});
    rpc.node.script = (each) => (each.waitMs > 0 ? undefined : plainReply(each));
    const talk = new Talk(rpc);
    talk.send({ frame: 1, commands: [claims(1, 9000), claims(2)] });
    talk.send({ frame: 2, commands: [claims(3)] });
    await eventually(() => talk.answered.length === 5, "the others");
    expect(talk.answered.sort()).toEqual(["1.1", "1.2", "2.0", "2.1", "2.2"]);
    const [parked] = [...rpc.node.parked];
    if (parked !== undefined) rpc.node.answerParked(parked, plainReply(parked));
    await eventually(() => talk.answered.includes("1.0"), "the parked one");
    talk.call.cancel();
  });

  it("frees a parked claim on cancel, and all of them when the stream ends", async () => {
    rpc = await startRpc({});
    rpc.node.script = () => undefined;
    const talk = new Talk(rpc);
    talk.send({ frame: 1, commands: [claims(3, 9000)] });
    await eventually(() => rpc.node.parked.size === 3, "parked");
    talk.send({
      frame: 2,
      cancel: [
        { frame: 1, index: 1 },
        { frame: 7, index: 0 },
      ],
    });
    await eventually(() => talk.refusals.includes("CANCELLED"), "cancelled");
    expect(talk.answered).toEqual(["1.1"]);
    talk.call.end();
    await eventually(() => talk.ended === "ended", "ended");
    expect(rpc.node.parked.size).toBe(0);

    const gone = new Talk(rpc);
    gone.send({ frame: 1, commands: [claims(3, 9000)] });
    await eventually(() => rpc.node.parked.size === 3, "parked again");
    gone.call.cancel();
    await eventually(() => rpc.node.parked.size === 0, "freed");
    await eventually(() => rpc.server.sessions === 0, "closed");
  });

  it("frees parked claims also when it had stopped reading", async () => {
    rpc = await startRpc({});
    rpc.node.script = () => undefined;
    const talk = new Talk(rpc);
    for (let frame = 0; frame < 18; frame++) talk.send({ frame, commands: [claims(1000, 9000)] });
    await eventually(() => rpc.node.parked.size > LIMITS.sessionCommands.max, "full");
    talk.call.cancel();
    await eventually(() => rpc.node.parked.size === 0, "freed");
  });

  it("refuses the commands of a frame that has too many, and goes on", async () => {
    rpc = await startRpc({});
    const talk = new Talk(rpc);
    talk.send({ frame: 1, commands: [claims(600), claims(401)] });
    talk.send({ frame: 2, commands: [claims(1)] });
    await eventually(() => talk.answered.length === 1002, "answered");
    expect(talk.refusals).toEqual(["INVALID_ARGUMENT"]);
    expect(rpc.node.submitted).toHaveLength(1);
    talk.call.cancel();
  });

  it("ends with a clean error after bytes that are no frame, and lives on", async () => {
    rpc = await startRpc({});
    const raw = new Client(rpc.address, credentials.createInsecure());
    const asIs = (bytes: Buffer): Buffer => bytes;
    const stream = raw.makeBidiStreamRequest("/claimd.v1.Claims/Session", asIs, asIs);
    const ended = new Promise<ServiceError>((resolve) => stream.on("error", resolve));
    stream.on("data", () => undefined);
    stream.write(Buffer.from("12ffffff", "hex"));
    expect(failed(await ended)).toMatchObject({
      code: status.INVALID_ARGUMENT,
      reason: "INVALID_ARGUMENT",
    });
    raw.close();
    const talk = new Talk(rpc);
    talk.send({ frame: 1, commands: [claims(1)] });
    await eventually(() => talk.answered.length === 1, "served");
    talk.call.cancel();
  });

  it("refuses a frame id that is still being answered", async () => {
    rpc = await startRpc({});
    rpc.node.script = () => undefined;
    const talk = new Talk(rpc);
    talk.send({ frame: 4, commands: [claims(1, 9000)] });
    talk.send({ frame: 4, commands: [claims(1)] });
    await eventually(() => talk.ended !== undefined, "ended");
    expect(talk.ended).toMatchObject({ details: "frame: 4 is still being answered" });
    expect(rpc.node.parked.size).toBe(0);
  });

  it("keeps the order of frames while a namespace is made", async () => {
    rpc = await startRpc({});
    rpc.node.autoCreate = true;
    const talk = new Talk(rpc);
    talk.send({ frame: 1, commands: [group("fresh", "CLAIM", keys(1))] });
    talk.send({ frame: 2, commands: [claims(1)] });
    talk.call.end();
    await eventually(() => talk.ended === "ended", "ended");
    expect(rpc.node.submitted.map(({ namespace }) => namespace.name)).toEqual([
      "fresh",
      "payments",
    ]);
  });

  it("stops reading while too much is unanswered", async () => {
    rpc = await startRpc({});
    rpc.node.script = () => undefined;
    const talk = new Talk(rpc);
    for (let frame = 0; frame < 60; frame++) talk.send({ frame, commands: [claims(1000)] });
    const { max } = LIMITS.sessionCommands;
    await eventually(() => rpc.node.submitted.length >= max, "full");
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(rpc.node.submitted.length).toBeLessThan(max + 1000);
    rpc.node.script = plainReply;
    for (const each of rpc.node.parked) rpc.node.answerParked(each, plainReply(each));
    await eventually(() => talk.answered.length === 60_000, "all answered");
    talk.call.cancel();
  }, 30_000);

  it("stops reading while its client does not, and omits what it can't hold", async () => {
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
    const talk = new Talk(rpc);
    talk.call.pause();
    for (let frame = 0; frame < 100; frame++) talk.send({ frame, commands: [claims(1000)] });
    await eventually(() => rpc.node.submitted.length >= 1000, "begun");
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { length: taken } = rpc.node.submitted;
    expect(taken).toBeLessThanOrEqual(LIMITS.sessionCommands.max + 1000);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(rpc.node.submitted.length).toBe(taken);
    talk.call.resume();
    await eventually(() => talk.answered.length >= taken, "read");
    const results = talk.responses.flatMap(({ answers }) =>
      (answers?.claims ?? []).map(({ answer }) => answer?.result),
    );
    expect(results.some((each) => each?.omitted)).toBe(true);
    expect(results.some((each) => each?.data.length === data.length)).toBe(true);
    talk.call.cancel();
  }, 30_000);

  it("ends when the node drains, what is in hand answered first", async () => {
    rpc = await startRpc({});
    rpc.node.script = () => undefined;
    const talk = new Talk(rpc);
    talk.send({ frame: 1, commands: [claims(1, 9000)] });
    await eventually(() => rpc.node.parked.size === 1, "parked");
    rpc.node.draining = true;
    rpc.server.endSessions();
    talk.send({ frame: 2, commands: [claims(2)] });
    await eventually(() => talk.refusals.includes("DRAINING"), "new work refused");
    expect(talk.ended).toBeUndefined();
    for (const each of rpc.node.parked) rpc.node.answerParked(each, plainReply(each));
    await eventually(() => talk.ended !== undefined, "ended");
    expect(talk.answered).toContain("1.0");
    expect(talk.ended).toMatchObject({ code: status.UNAVAILABLE, reason: "DRAINING" });
    const late = new Talk(rpc);
    await eventually(() => late.ended !== undefined, "no new session");
    expect(late.ended).toMatchObject({ reason: "DRAINING", retryAfterMs: "1000" });
  });
});
