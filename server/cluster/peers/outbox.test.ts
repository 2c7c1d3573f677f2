import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../limits.ts";
import { type OutgoingFrame, Outbox } from "./outbox.ts";
import type { PeerMessage, Received } from "./peer-message.ts";
import { messagesOf } from "./peer-messages.ts";
import { bytesOf, FROM, overTheWire, record, SAMPLES, TYPES } from "./test/sample-messages.ts";

function arriving(frames: readonly OutgoingFrame[]): readonly Received[] {
  return frames.flatMap(({ frame }) =>
    overTheWire(frame).messages.flatMap((messages) => messagesOf(messages, FROM, 256)),
  );
}

const groupsOf = (frames: readonly OutgoingFrame[]): readonly unknown[] =>
  frames.flatMap(({ frame }) => frame.messages?.map(({ type }) => type) ?? []);

describe("Outbox", () => {
  it("lays out messages of two types for many partitions as one frame of two groups", () => {
    const outbox = new Outbox();
    for (let partition = 0; partition < 100; partition++) {
      outbox.add(partition, partition % 2 === 0 ? SAMPLES.append : SAMPLES.ack);
    }
    expect(outbox.messages).toBe(100);
    const frames = outbox.take();
    expect(frames).toHaveLength(1);
    expect(groupsOf(frames)).toEqual(["APPEND", "ACK"]);
    expect(arriving(frames)).toHaveLength(100);
    expect(outbox.take()).toEqual([]);
  });

  it("keeps the order per partition", () => {
    const sends = fc.record({ partition: fc.nat(4), type: fc.constantFrom(...TYPES) });
    fc.assert(
      fc.property(fc.array(sends, { maxLength: 60 }), (sent) => {
        const outbox = new Outbox();
        const messages = sent.map(({ partition, type }, at) => {
          const message: PeerMessage = { ...SAMPLES[type], round: at };
          outbox.add(partition, message);
          return { partition, message };
        });
        const arrived = arriving(outbox.take());
        expect(arrived).toHaveLength(sent.length);
        for (let partition = 0; partition <= 4; partition++) {
          const of = (all: readonly Received[]) =>
            all.filter((each) => each.partition === partition);
          expect(of(arrived)).toEqual(of(messages));
        }
      }),
    );
  });

  it("begins another frame before one grows too large, and never says less than it takes", () => {
    const outbox = new Outbox();
    const large = record("k", "x".repeat(500_000));
    for (let index = 1; index <= 20; index++) {
      const entries = [{ epoch: 1, index, stampMs: 1, payload: large }];
      const previous = { epoch: 1, index: index - 1 };
      outbox.add(index % 3, { ...SAMPLES.append, previous, entries });
    }
    const frames = outbox.take();
    expect(frames.length).toBeGreaterThanOrEqual(4);
    for (const { frame, bytes } of frames) {
      const { length } = bytesOf(frame);
      expect(length).toBeLessThanOrEqual(bytes);
      expect(length).toBeLessThan(LIMITS.messageBytes.max);
    }
    expect(arriving(frames)).toHaveLength(20);
  });

  it("refuses a message that fits no frame", () => {
    const records = Array.from({ length: 7 }, () => record("k", "x".repeat(500_000)));
    expect(() => {
      new Outbox().add(1, { ...SAMPLES.chunk, records });
    }).toThrow(/a message fits a frame/);
  });

  it("says how many messages it throws away", () => {
    const outbox = new Outbox();
    outbox.add(1, SAMPLES.hello);
    outbox.add(2, SAMPLES.hello);
    expect(outbox.bytes).toBeGreaterThan(64);
    expect(outbox.clear()).toBe(2);
    expect(outbox.clear()).toBe(0);
    expect(outbox.bytes).toBe(0);
  });
});
