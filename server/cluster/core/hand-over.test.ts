/** R10: who leads next, because it is asked for or because a move wants it so. */
import { describe, expect, it } from "vitest";
import { Fixture, record, servingLeader, T0 } from "./test/replica-fixture.ts";

const STORES = ["a", "b", "c"].map((store) => ({ store, boot: 1 }));

describe("a leader", () => {
  it("hands over when all is committed, and serves again when that did not work", () => {
    const a = servingLeader();
    a.replica.propose(["one"], T0);
    expect(a.replica.handOver("b", T0)).toBe(true);
    expect(a.replica.propose(["two"], T0)).toBeUndefined();
    a.sync();
    a.ack("b", 1);
    expect(a.take("transact")).toEqual([]);
    a.ack("c", 1);
    const change = { epoch: 2, leader: "b", leaderBoot: 1, inSync: STORES };
    expect(a.take("transact")).toMatchObject([{ record: change }]);
    a.observe(2, record({ joins: 4 }));
    expect(a.replica.role).toBe("SERVING");
  });

  it("hands over to whom a move wants, be it in sync before this one serves", () => {
    const a = new Fixture("a");
    a.observe(1, record({ goal: ["b", "a", "c"] }));
    a.sync();
    for (const store of ["b", "c"]) a.ack(store, 0);
    expect(a.take("transact")).toMatchObject([{ record: { epoch: 2, leader: "b" } }]);
  });

  it("gives nothing back to who gave it away, for a while", () => {
    const a = new Fixture("a");
    const goal = ["b", "a", "c"];
    a.observe(1, record({ leader: "b", goal }));
    a.observe(2, record({ epoch: 2, goal }));
    a.sync();
    for (const store of ["b", "c"]) a.ack(store, 0, { epoch: 2 });
    expect(a.replica.role).toBe("SERVING");
    for (let second = 0; second < 11; second++) {
      a.tick(1000);
      for (const store of ["b", "c"]) a.ack(store, 0, { epoch: 2, round: 100 });
      expect(a.take("transact")).toEqual([]);
    }
    a.tick(1000);
    expect(a.take("transact")).toMatchObject([{ record: { epoch: 3, leader: "b" } }]);
  });

  it("hands over only to the incarnation that is in sync", () => {
    const a = servingLeader();
    expect(a.replica.handOver("d", T0)).toBe(false);
    a.ack("b", 0, { boot: 2 });
    expect(a.replica.handOver("b", T0)).toBe(false);
    expect(a.replica.handOver("c", T0)).toBe(true);
  });
});
