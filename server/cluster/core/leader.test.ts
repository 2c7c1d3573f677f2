import { describe, expect, it } from "vitest";
import { Fixture, record, recovered, servingLeader, T0 } from "./test/replica-fixture.ts";

const STORES = ["a", "b", "c"].map((store) => ({ store, boot: 1 }));
const WITHOUT_C = STORES.slice(0, 2);

describe("R3", () => {
  it("commits what every member has synced, itself among them", () => {
    const a = servingLeader();
    expect(a.replica.propose(["one"], T0)).toBe(1);
    a.ack("b", 1);
    a.ack("c", 1);
    expect(a.replica.commit, "not before its own sync").toBe(0);
    a.sync();
    expect(a.replica.commit).toBe(1);
  });

  it("waits for the slowest member, not for most of them", () => {
    const a = servingLeader();
    a.replica.propose(["one"], T0);
    a.sync();
    a.ack("b", 1);
    expect(a.replica.commit).toBe(0);
    a.ack("c", 1);
    expect(a.replica.commit).toBe(1);
  });

  it("takes no word for another boot's", () => {
    const a = servingLeader();
    a.replica.propose(["one"], T0);
    a.sync();
    a.ack("b", 1);
    a.ack("c", 1, { boot: 2 });
    expect(a.replica.commit, "boot 1 of c is in sync, not boot 2").toBe(0);
    a.ack("c", 1);
    expect(a.replica.commit, "boot 1 is over").toBe(0);
  });

  it("counts no acknowledgement of an earlier epoch", () => {
    const a = new Fixture("a", recovered({ promised: 1, join: 1, log: [1] }));
    a.observe(5, record({ epoch: 2, inSync: WITHOUT_C }));
    a.sync();
    a.ack("b", 1);
    expect(a.replica.role).toBe("RECOVERING");
    a.ack("b", 1, { epoch: 2 });
    expect(a.replica.role).toBe("SERVING");
  });
});

describe("R5", () => {
  it("speaks to its members once its own promise is synced", () => {
    const a = new Fixture("a");
    a.observe(1, record());
    expect(a.sent()).toEqual([]);
    a.sync();
    expect(a.sent()).toEqual(["hello", "hello"]);
  });

  it("grants nothing before its whole set has promised its epoch and has its log", () => {
    const a = new Fixture("a", recovered({ promised: 1, join: 1, log: [1, 1] }));
    a.observe(5, record({ epoch: 2 }));
    a.sync();
    a.ack("b", 2, { epoch: 2 });
    a.ack("c", 1, { epoch: 2 });
    expect(a.replica.propose(["one"], T0)).toBeUndefined();
    a.ack("c", 2, { epoch: 2 });
    expect(a.replica.propose(["one"], T0)).toBe(3);
  });

  it("never begins an epoch again: it asks for the next one", () => {
    const a = new Fixture("a", recovered({ promised: 1, join: 1 }));
    a.observe(5, record());
    expect(a.replica.epoch).toBeUndefined();
    expect(a.take("transact")).toMatchObject([
      { revision: 5, record: { epoch: 2, leader: "a" }, candidate: { store: "a", boot: 1 } },
    ]);
  });

  it("leads a partition that nobody has told it of, were it at the second try", () => {
    const a = new Fixture("a");
    a.observe(5, record({ epoch: 2, inSync: WITHOUT_C }));
    a.sync();
    a.ack("b", 0, { epoch: 2 });
    expect(a.replica.role).toBe("SERVING");
    expect(a.replica.join).toBe(1);
  });

  it.each([
    ["beyond its own log", 3, [1, 1, 1]],
    ["that is not in its own log", 2, [1, 2]],
  ])("knows that its disk lied by a member that has committed something %s", (_, commit, log) => {
    const a = new Fixture("a", recovered({ promised: 2, join: 1, log: [1, 1] }));
    a.observe(5, record({ epoch: 3 }));
    a.sync();
    const { log: theirs } = recovered({ log });
    const shape = { type: "shape", join: 2, epoch: 3, round: 1, commit } as const;
    a.hear({ ...shape, from: { store: "b", boot: 1 }, shape: theirs.shape() });
    expect(a.take("damaged")).toHaveLength(1);
  });
});

describe("R7", () => {
  it("counts who is added from the moment of sending", () => {
    const a = servingLeader({ inSync: WITHOUT_C });
    expect(a.take("transact")).toMatchObject([{ revision: 1, record: { inSync: STORES } }]);
    a.replica.propose(["one"], T0);
    a.sync();
    a.ack("b", 1);
    expect(a.replica.commit).toBe(0);
    a.ack("c", 1);
    expect(a.replica.commit).toBe(1);
  });

  it("waits for who is dropped until that is confirmed", () => {
    const a = servingLeader();
    a.replica.propose(["one"], T0);
    a.sync();
    a.ack("b", 1);
    for (let beat = 0; beat < 10; beat++) {
      a.ack("b", 1, { round: 99 });
      a.tick(200);
    }
    expect(a.take("transact")[0]).toMatchObject({ revision: 1, record: { inSync: WITHOUT_C } });
    expect(a.replica.commit).toBe(0);
    a.observe(2, record({ inSync: WITHOUT_C }));
    expect(a.replica.commit).toBe(1);
  });

  it("adds nobody who lacks what it found when its epoch began", () => {
    const a = new Fixture("a", recovered({ promised: 1, join: 1, log: [1, 1] }));
    a.observe(5, record({ epoch: 2, inSync: WITHOUT_C }));
    a.sync();
    a.ack("c", 1, { epoch: 2 });
    expect(a.take("transact")).toEqual([]);
    a.ack("c", 2, { epoch: 2 });
    expect(a.take("transact")).toHaveLength(1);
  });

  it("drops whom a move no longer wants, once it leads and all others are in sync", () => {
    const a = servingLeader({ goal: ["a", "b"] });
    a.tick(200);
    expect(a.take("transact")).toMatchObject([{ record: { inSync: WITHOUT_C } }]);
    a.observe(2, record({ goal: ["a", "b"], inSync: WITHOUT_C }));
    a.ack("c", 0, { round: 5 });
    expect(a.take("transact"), "and does not take it back").toEqual([]);
  });
});

describe("a member that leaves", () => {
  it("is dropped at once, counts until that is confirmed, and stays out", () => {
    const a = servingLeader();
    a.ack("c", 0, { type: "leaving" });
    expect(a.take("transact")).toMatchObject([{ record: { inSync: WITHOUT_C } }]);
    a.replica.propose(["one"], T0);
    a.sync();
    a.ack("b", 1);
    expect(a.replica.commit, "whether it was dropped is not known").toBe(0);
    a.observe(2, record({ inSync: WITHOUT_C }));
    expect(a.replica.commit).toBe(1);
    a.ack("c", 1);
    a.tick(200);
    expect(a.take("transact")).toEqual([]);
  });

  it("stays in where the set would be too small, and is in again when it has come back", () => {
    const a = servingLeader({ inSync: WITHOUT_C });
    a.take("transact");
    a.ack("b", 0, { type: "leaving" });
    a.tick(200);
    expect(a.take("transact").every((each) => each.record.inSync.length >= 2)).toBe(true);
    const b = servingLeader();
    b.ack("c", 0, { type: "leaving" });
    b.observe(2, record({ inSync: WITHOUT_C }));
    b.take("transact");
    b.ack("c", 0, { boot: 2 });
    expect(b.take("transact")).toMatchObject([{ record: { inSync: { length: 3 } } }]);
  });
});

describe("R9", () => {
  it("sends the same change on the same revision until a higher one is read", () => {
    const a = servingLeader({ inSync: WITHOUT_C });
    a.tick(200);
    a.tick(200);
    a.tick(200);
    const sent = a.take("transact");
    expect(sent.map(({ revision }) => revision)).toEqual([1, 1, 1]);
    expect(sent.every((each) => each.record.inSync.length === 3)).toBe(true);
    expect(new Set(sent.map((each) => each.record.nonce)).size).toBe(3);
    a.observe(2, record());
    a.tick(200);
    expect(a.take("transact")).toEqual([]);
  });

  it("waits longer each time, but never for long: others wait for etcd, too", () => {
    const a = servingLeader({ inSync: WITHOUT_C });
    a.take("transact");
    const sentAt: number[] = [];
    for (let beat = 1; beat <= 40; beat++) {
      a.tick(200);
      if (a.take("transact").length > 0) sentAt.push(beat);
    }
    expect(sentAt).toEqual([1, 3, 7, 15, 23, 31, 39]);
  });
});

describe("R12", () => {
  it("confirms a round when the whole set has replied to it", () => {
    const a = servingLeader();
    const round = a.replica.askRound() ?? Infinity;
    a.ack("b", 0, { round });
    expect(a.replica.confirmedRound).toBeLessThan(round);
    a.ack("c", 0, { round });
    expect(a.replica.confirmedRound).toBe(round);
  });

  it("confirms none by a reply to what an earlier epoch of its own had asked", () => {
    const a = servingLeader();
    const round = a.replica.askRound() ?? Infinity;
    for (const store of ["b", "c"]) a.ack(store, 0, { type: "stale", round: 900 });
    expect(a.replica.confirmedRound).toBeLessThan(round);
  });
});

describe("a leader that should lead no more", () => {
  it("commits nothing by a write that is synced afterwards", () => {
    const a = servingLeader();
    a.replica.propose(["one"], T0);
    a.ack("b", 1);
    a.ack("c", 1);
    a.receive("b", { type: "hello", epoch: 2, join: 1, round: 1 });
    a.sync();
    expect(a.replica.commit).toBe(0);
    expect(a.take("role").map(({ role }) => role)).toEqual(["FOLLOWING"]);
  });

  it("stands down when a member has promised more", () => {
    const a = servingLeader();
    a.ack("b", 0, { type: "stale", epoch: 2 });
    expect(a.replica.role).toBe("FOLLOWING");
    expect(a.take("read")).toHaveLength(1);
  });

  it("knows that its clock is refused by all, and that this is over", () => {
    const a = servingLeader();
    a.replica.propose(["one"], T0);
    a.ack("b", 0, { type: "refused" });
    expect(a.replica.isRefused, "it may be b's clock").toBe(false);
    a.ack("c", 0, { type: "refused" });
    expect(a.replica.isRefused).toBe(true);
    a.ack("b", 1);
    expect(a.replica.isRefused).toBe(false);
  });
});
