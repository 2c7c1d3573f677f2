import { loadClaimd } from "@claimd/proto";
import { describe, expect, it } from "vitest";
import { Call, type Command, shapeOf } from "./call.ts";
import { layOut, readAnswers } from "./columns.ts";

function callOf(command: Partial<Command> & Pick<Command, "shape">, key: string): Call {
  return new Call({ key: Buffer.from(key), ...command }, 1, () => undefined);
}

const claim = shapeOf("a", "CLAIM", { leaseMs: 1000, holder: "h" });
const complete = shapeOf("a", "COMPLETE");
const id = (byte: number): string => String.fromCharCode(byte).repeat(16);

describe("layOut", () => {
  it("puts commands that share everything into one group, in their order", () => {
    const calls = ["one", "three", "x"].map((key, at) =>
      callOf({ shape: claim, claimId: id(at) }, key),
    );
    const { commands, calls: ordered } = layOut(calls);
    expect(ordered).toEqual(calls);
    expect(commands).toHaveLength(1);
    expect(commands[0]).toMatchObject({
      namespace: "a",
      verb: "CLAIM",
      leaseMs: 1000,
      holder: "h",
      keys: Buffer.from("onethreex"),
      keyBytes: [3, 5, 1],
      claimIds: Buffer.from(id(0) + id(1) + id(2), "latin1"),
    });
    expect(commands[0]).not.toHaveProperty("fingerprints");
    expect(commands[0]).not.toHaveProperty("results");
  });

  it("gives the calls in the order of the groups: that is their index", () => {
    const calls = [
      callOf({ shape: claim, claimId: id(1) }, "c1"),
      callOf({ shape: complete, claimId: id(2), result: { data: Buffer.from("r") } }, "s1"),
      callOf({ shape: { ...claim }, claimId: id(3), fingerprint: Buffer.from("ff") }, "c2"),
      callOf({ shape: complete, claimId: id(4) }, "s2"),
      callOf({ shape: shapeOf("a", "GET") }, "g"),
      callOf({ shape: shapeOf("a", "FORGET"), fencingToken: 7 }, "f"),
    ];
    const { commands, calls: ordered } = layOut(calls);
    expect(ordered.map(({ command }) => command.key.toString())).toEqual([
      "c1",
      "c2",
      "s1",
      "s2",
      "g",
      "f",
    ]);
    expect(commands.map(({ verb }) => verb)).toEqual(["CLAIM", "COMPLETE", "GET", "FORGET"]);
    expect(commands[0]).toMatchObject({
      fingerprints: Buffer.from("ff"),
      fingerprintBytes: [0, 2],
    });
    expect(commands[1]).toMatchObject({ results: [{ data: Buffer.from("r") }, {}] });
    expect(commands[2]).not.toHaveProperty("claimIds");
    expect(commands[3]).toMatchObject({ fencingTokens: [7] });
  });

  it("keeps shapes apart that differ in anything, and stays linear with many of them", () => {
    const shapes = [
      claim,
      { ...claim, leaseMs: 1 },
      { ...claim, windowMs: 1 },
      { ...claim, waitMs: 1 },
      { ...claim, complete: true },
      { ...claim, holder: "" },
      { ...claim, namespace: "b" },
      shapeOf("a", "FAIL", { outcome: "UNKNOWN" }),
      shapeOf("a", "FAIL"),
    ];
    const calls = shapes.map((shape) => callOf({ shape, claimId: id(0) }, "k"));
    expect(layOut(calls).commands).toHaveLength(shapes.length);
  });

  it("encodes to what the wire carries", () => {
    const { requestSerialize, requestDeserialize } = loadClaimd().Claims.service.Session;
    const { commands } = layOut([callOf({ shape: claim, claimId: id(5) }, "key")]);
    const { commands: read } = requestDeserialize(requestSerialize({ frame: 1, commands }));
    expect(read[0]).toMatchObject({
      verb: "CLAIM",
      keyBytes: [3],
      claimIds: Buffer.from(id(5), "latin1"),
    });
  });
});

describe("readAnswers", () => {
  const { responseSerialize, responseDeserialize } = loadClaimd().Claims.service.Session;

  it("lays the columns over the shared answer", () => {
    const { answers } = responseDeserialize(
      responseSerialize({
        frame: 1,
        answers: {
          claims: [
            { index: [0, 2], answer: { status: "GRANTED", attempt: 1 }, fencingToken: [10, 11] },
            { index: [1], answer: { status: "COMPLETED", ageMs: 5, expiresInMs: 6 } },
          ],
          settles: [{ index: [3, 4], answer: { status: "APPLIED" } }],
          gets: [{ index: [5], answer: { found: false } }],
          forgets: [{ index: [6], answer: { existed: true } }],
          refusals: [{ index: [7], error: { code: 14, reason: "PAUSED", message: "no" } }],
        },
      }),
    );
    const heard = new Map<number, unknown>();
    readAnswers(answers ?? expect.fail(), 42, {
      answered: (index, reply) => heard.set(index, reply),
      refused: (index, error) => heard.set(index, error.code),
    });
    expect([...heard.keys()].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(heard.get(2)).toMatchObject({ type: "claim", fencingToken: 11, sentAtMs: 42 });
    expect(heard.get(1)).toMatchObject({ ageMs: 5, expiresInMs: 6 });
    expect(heard.get(4)).toMatchObject({ type: "settle", answer: { status: "APPLIED" } });
    expect(heard.get(5)).toMatchObject({ type: "get", answer: { found: false } });
    expect(heard.get(6)).toMatchObject({ type: "forget", answer: { existed: true } });
    expect(heard.get(7)).toBe("PAUSED");
  });
});
