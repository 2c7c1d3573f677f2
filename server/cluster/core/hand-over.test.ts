/** R10: who leads next, because it is asked for or because a move wants it so. */
import { describe, expect, it } from "vitest";
import { HandOverPace } from "./hand-over.ts";
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

  it("gives away one partition after the other, with a rest", () => {
    const pace = new HandOverPace();
    const goal = ["b", "a", "c"];
    const one = servingLeader({ goal }, { pace });
    const other = servingLeader({ goal }, { pace });
    const roles = () => [one.replica.role, other.replica.role];
    expect(roles()).toEqual(["SEALED", "SERVING"]);
    for (const each of [one, other]) each.tick(500);
    expect(roles()).toEqual(["SEALED", "SERVING"]);
    // It did not work, and is tried again.
    one.observe(2, record({ goal, joins: 4 }));
    one.observe(3, record({ goal, epoch: 2, leader: "b" }));
    other.tick(79);
    expect(roles()).toEqual(["FOLLOWING", "SERVING"]);
    other.tick(1);
    expect(roles()).toEqual(["FOLLOWING", "SEALED"]);
  });

  it("gives away at once what it is asked to", () => {
    const pace = new HandOverPace();
    const moved = servingLeader({ goal: ["b", "a", "c"] }, { pace });
    const asked = servingLeader({}, { pace });
    expect(asked.replica.handOver("c", T0)).toBe(true);
    expect([moved.replica.role, asked.replica.role]).toEqual(["SEALED", "SEALED"]);
  });

  it("hands over only to the incarnation that is in sync", () => {
    const a = servingLeader();
    expect(a.replica.handOver("d", T0)).toBe(false);
    a.ack("b", 0, { boot: 2 });
    expect(a.replica.handOver("b", T0)).toBe(false);
    expect(a.replica.handOver("c", T0)).toBe(true);
  });
});
