/** What becomes of those who reach the peer port and don't belong there, or make no sense. */
import type { PeerFrame } from "@claimd/proto";
import { status } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { wireOf } from "../cluster/peers/peer-messages.ts";
import { eventually, type PeerNode, startPeer } from "../cluster/peers/test/peer-fixture.ts";
import { SAMPLES } from "../cluster/peers/test/sample-messages.ts";
import { LIMITS } from "../limits.ts";
import { openRaw, RAW_HANDSHAKE, type RawStream } from "./support/raw-peers.ts";

const closers: (() => unknown)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

async function start(node: string): Promise<PeerNode> {
  const started = await startPeer(node, new Map());
  closers.push(() => started.network.close());
  return started;
}

describe("a stranger on the peer port", () => {
  const raw = ({ address }: PeerNode): RawStream => {
    const opened = openRaw(address);
    closers.push(() => {
      opened.close();
    });
    return opened;
  };

  const speaking = async (node: PeerNode): Promise<RawStream> => {
    const opened = raw(node);
    opened.stream.write({ handshake: RAW_HANDSHAKE });
    await eventually(() => opened.answers.length === 1, "greeted");
    return opened;
  };
  const hello = wireOf("hello", [{ partition: 1, message: SAMPLES.hello }]);

  it("is told in the status what does not fit", async () => {
    const node = await start("a");
    const { stream, status: ended, answers } = raw(node);
    stream.write({ handshake: { ...RAW_HANDSHAKE, protocol: 2, cluster: "bills" } });
    expect(await ended).toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: 'protocol: 1 at a, 2 at raw; cluster: "test" at a, "bills" at raw',
    });
    expect(answers).toEqual([]);
  });

  it("is not listened to before its handshake, nor with messages in it", async () => {
    const node = await start("a");
    for (const frame of [
      { messages: [hello] },
      { handshake: RAW_HANDSHAKE, messages: [hello] },
      {},
    ]) {
      const { stream, status: ended } = raw(node);
      stream.write(frame);
      expect(await ended).toMatchObject({ code: status.FAILED_PRECONDITION });
    }
    expect(node.heard).toEqual([]);
  });

  it("has five seconds for its handshake", async () => {
    const { status: ended } = raw(await start("a"));
    expect(await ended).toMatchObject({
      code: status.DEADLINE_EXCEEDED,
      details: "no handshake within 5000 ms",
    });
  });

  it("ends its stream with a damaged frame, of which nothing is handed on", async () => {
    const node = await start("a");
    const cases: readonly (readonly [PeerFrame, RegExp])[] = [
      [{ messages: [hello, { ...hello, checksum: 1 }] }, /checksum: \d+ of what arrived, 1 of/],
      [{ messages: [hello, { ...hello, type: "WANTED" }] }, /checksum/],
      [{ messages: [hello, {}] }, /type: TYPE_UNSPECIFIED/],
      [{ messages: [hello], handshake: RAW_HANDSHAKE }, /handshake: a second one/],
    ];
    for (const [frame, problem] of cases) {
      const { stream, status: ended } = await speaking(node);
      stream.write(frame);
      const { code, details } = await ended;
      expect(code).toBe(status.INVALID_ARGUMENT);
      expect(details).toMatch(problem);
      await eventually(() => node.network.listeningTo().length === 0, "no longer listened to");
    }
    expect(node.heard).toEqual([]);
  });

  it("can't send more than 4 MiB at once", async () => {
    const node = await start("a");
    const { stream, status: ended } = await speaking(node);
    stream.write({ messages: [{ ...hello, keys: Buffer.alloc(LIMITS.messageBytes.max) }] });
    expect(await ended).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    await eventually(() => node.network.listeningTo().length === 0, "no longer listened to");
    const next = await speaking(node);
    next.stream.write({ messages: [hello] });
    await eventually(() => node.heard.length === 1, "others go on");
  });
});
