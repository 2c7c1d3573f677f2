import { describe, expect, it } from "vitest";
import type { LeaderMessage } from "./messages.ts";
import { entries, Fixture, RULES, recovered, T0 } from "./test/replica-fixture.ts";

const START = { epoch: 0, index: 0 };
/** Of a, for b. */
const HEAD = { epoch: 1, join: 2, round: 7 };
const HELLO: LeaderMessage<string, string> = { type: "hello", ...HEAD };
const OFFER = { type: "offer", ...HEAD, stampMs: T0 } as const;
const SNAPSHOT = { ...OFFER, type: "snapshot", state: "s" } as const;
const append = (from: number, to: number, options: object = {}): LeaderMessage<string, string> => {
  const previous = from === 1 ? START : { epoch: 1, index: from - 1 };
  const head = { type: "append", ...HEAD, previous, entries: entries(1, from, to), commit: 0 };
  return { ...head, ...options } as LeaderMessage<string, string>;
};

/** b with what epoch 1 wrote, promised and in its log. */
function member(log: readonly number[], commit = 0): Fixture {
  const promised = log.at(-1) ?? 1;
  return new Fixture("b", recovered({ promised, join: 2, log, commit, lastStampMs: T0 }));
}

describe("R2", () => {
  it("promises a higher epoch, and syncs that, before it says anything", () => {
    const b = new Fixture("b");
    b.receive("a", HELLO);
    expect(b.replies()).toEqual([]);
    expect(b.take("write")[0]?.writes).toEqual([{ type: "promise", epoch: 1 }]);
    b.sync();
    expect(b.replies()).toMatchObject([{ type: "shape", epoch: 1, round: 7, join: 2 }]);
  });

  it("refuses whatever a leader of a lower epoch says", () => {
    const b = member([1, 1]);
    b.receive("c", { ...HELLO, epoch: 3 });
    b.sync();
    b.take("send");
    b.take("write");
    const from = { epoch: 1, index: 2 };
    b.receive("a", HELLO);
    b.receive("a", append(3, 3));
    b.receive("a", { type: "cut", ...HEAD, from });
    b.receive("a", { ...OFFER, upTo: from });
    b.receive("a", { ...SNAPSHOT, upTo: from });
    expect(b.replies().map(({ type, epoch }) => [type, epoch])).toEqual(
      Array.from({ length: 5 }, () => ["stale", 3]),
    );
    expect(b.take("write")).toEqual([]);
    expect(b.replica.lastIndex).toBe(2);
  });

  it("takes two higher epochs whose promises reach the disk together", () => {
    const b = new Fixture("b");
    b.receive("a", HELLO);
    b.receive("c", { ...HELLO, epoch: 2 });
    b.sync();
    expect(b.replies()).toMatchObject([
      { type: "stale", epoch: 2 },
      { type: "shape", epoch: 2 },
    ]);
  });
});

describe("R8", () => {
  it("takes entries behind one that it has, and says so when they are synced", () => {
    const b = member([]);
    b.receive("a", append(1, 3, { commit: 2 }));
    expect(b.replies()).toEqual([]);
    b.sync();
    expect(b.replies()).toMatchObject([{ type: "ack", index: 3, join: 2, round: 7 }]);
    expect(b.replica.commit).toBe(2);
  });

  it("shows its shape where something is missing between", () => {
    const b = member([1]);
    b.receive("a", append(4, 5));
    expect(b.replies()).toMatchObject([{ type: "shape", shape: { lastIndex: 1 } }]);
    expect(b.replica.lastIndex).toBe(1);
  });

  it("says how far it equals its leader, never how long its log is", () => {
    const b = member([1, 1, 1, 1]);
    b.receive("a", append(2, 2, { commit: 4 }));
    b.sync();
    expect(b.replies()).toMatchObject([{ type: "ack", index: 2 }]);
    expect(b.replica.commit).toBe(2);
  });

  it("cuts from an entry of another epoch on, and nothing else", () => {
    const b = member([1, 1, 2, 2]);
    b.receive("c", append(2, 2, { epoch: 3 }));
    b.sync();
    expect(b.replica.lastIndex).toBe(4);
    const previous = { epoch: 1, index: 2 };
    const more = { type: "append", previous, entries: entries(3, 3, 3), commit: 0 } as const;
    b.receive("c", { ...HEAD, ...more, epoch: 3 });
    expect(b.take("cut")).toEqual([{ type: "cut", index: 3 }]);
    expect(b.replica.lastIndex).toBe(3);
  });

  it("ignores a cut that names an entry which it does not have", () => {
    const b = member([1, 1, 1]);
    b.receive("a", { type: "cut", ...HEAD, from: { epoch: 2, index: 3 } });
    expect(b.replica.lastIndex).toBe(3);
    b.receive("a", { type: "cut", ...HEAD, from: { epoch: 1, index: 3 } });
    expect(b.replica.lastIndex).toBe(2);
  });

  it("ignores a cut of what its leader has shown to be equal", () => {
    const b = member([1, 1, 1]);
    b.receive("a", append(1, 3));
    b.receive("a", { type: "cut", ...HEAD, from: { epoch: 1, index: 3 } });
    expect(b.replica.lastIndex).toBe(3);
  });

  it("ignores a snapshot that ends at an entry which it has", () => {
    const b = member([1, 1, 1]);
    b.receive("a", { ...OFFER, upTo: { epoch: 1, index: 2 } });
    expect(b.replies()).toMatchObject([{ type: "shape", shape: { lastIndex: 3 } }]);
    expect(b.take("write")).toEqual([]);
  });

  it("gives up its log for a snapshot, and is as it was offered once all of it has come", () => {
    const b = member([1, 1, 1]);
    const upTo = { epoch: 1, index: 9 };
    b.receive("a", { ...OFFER, upTo });
    expect(b.take("cut")).toEqual([{ type: "cut", index: 0 }]);
    expect(b.take("fetch"), "not before that is synced").toEqual([]);
    b.sync();
    expect(b.take("fetch")).toEqual([{ type: "fetch", epoch: 1, upTo }]);
    b.receive("a", HELLO);
    expect(b.replies()).toMatchObject([{ type: "shape", shape: { lastIndex: 0 }, commit: 0 }]);
    b.receive("a", { ...SNAPSHOT, upTo });
    b.sync();
    expect(b.replies()).toMatchObject([{ type: "ack", index: 9 }]);
    expect(b.replica.commit).toBe(9);
  });

  it("installs nothing that was not offered, or that its log has gone on without", () => {
    const b = member([]);
    const upTo = { epoch: 1, index: 9 };
    b.receive("a", { ...SNAPSHOT, upTo });
    expect(b.replies()).toMatchObject([{ type: "shape", shape: { lastIndex: 0 } }]);
    b.receive("a", { ...OFFER, upTo });
    b.receive("a", append(1, 2));
    b.sync();
    expect(b.take("fetch")).toEqual([]);
    b.receive("a", { ...SNAPSHOT, upTo });
    expect(b.replica.lastIndex).toBe(2);
    b.receive("a", { ...OFFER, upTo });
    b.receive("c", { ...HELLO, epoch: 2 });
    b.sync();
    b.receive("a", { ...SNAPSHOT, upTo });
    expect(b.replica.lastIndex).toBe(0);
  });

  it("takes nothing more from a leader that would change what is committed", () => {
    const b = member([1, 1], 2);
    b.receive("c", append(1, 1, { epoch: 3, entries: entries(3, 1, 1) }));
    b.sync();
    expect(b.take("damaged")).toHaveLength(1);
    expect(b.replies()).toEqual([]);
  });
});

describe("R11", () => {
  it("listens under its own join alone", () => {
    const b = member([1]);
    b.receive("a", { ...HELLO, join: 1 });
    expect(b.replies()).toEqual([]);
    b.receive("a", { ...HELLO, join: 5 });
    expect(b.replies()).toEqual([]);
    expect(b.take("read"), "the record says what becomes of what is here").toHaveLength(1);
  });
});

describe("the floor of time", () => {
  it("does not take what is stamped too far ahead of its own clock", () => {
    const b = member([]);
    b.nowMs = T0 + 1 - RULES.maxClockOffsetMs - 1;
    b.receive("a", append(1, 1));
    expect(b.replies()).toMatchObject([{ type: "refused" }]);
    b.nowMs += 1;
    b.receive("a", append(1, 1));
    b.sync();
    expect(b.replies()).toMatchObject([{ type: "ack", index: 1 }]);
  });

  it("comes with a snapshot", () => {
    const b = member([]);
    const upTo = { epoch: 1, index: 9 };
    const ahead = T0 + RULES.maxClockOffsetMs;
    b.receive("a", { ...OFFER, upTo, stampMs: ahead + 1 });
    expect(b.replies()).toMatchObject([{ type: "refused" }]);
    b.receive("a", { ...OFFER, upTo, stampMs: ahead });
    b.sync();
    b.receive("a", { ...SNAPSHOT, upTo, stampMs: ahead });
    expect(b.replica.lastStampMs).toBe(ahead);
  });
});
