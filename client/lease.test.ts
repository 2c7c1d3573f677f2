import { describe, expect, it } from "vitest";
import { ClaimdError } from "./errors.ts";
import type { Settled } from "./granted-claim.ts";
import { Lease, marginOf } from "./lease.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { HeldEnvironment } from "./testing/held-environment.ts";

function leaseOf(environment: HeldEnvironment, leaseMs: number) {
  let lost = 0;
  const lease = new Lease(environment, environment.nowMs() + leaseMs, () => {
    lost++;
  });
  return { lease, lost: () => lost };
}

describe("Lease", () => {
  it("aborts when its time is over, without anybody saying so", async () => {
    const environment = new HeldEnvironment();
    const { lease, lost } = leaseOf(environment, 1000);
    const { signal } = lease;
    await environment.advance(999);
    expect(signal.aborted).toBe(false);
    expect(lease.leftMs).toBe(1);
    await environment.advance(1);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ code: "LEASE_LOST" });
    expect(lost()).toBe(1);
  });

  it("lasts as long as it is extended, and is never shortened", async () => {
    const environment = new HeldEnvironment();
    const { lease } = leaseOf(environment, 1000);
    const { signal } = lease;
    lease.extendTo(environment.nowMs() + 3000);
    lease.extendTo(environment.nowMs() + 500);
    await environment.advance(2999);
    expect(signal.aborted).toBe(false);
    await environment.advance(1);
    expect(signal.aborted).toBe(true);
  });

  it("makes no timer before somebody asks for the signal", () => {
    const environment = new HeldEnvironment();
    const { lease } = leaseOf(environment, 1000);
    expect(environment.timers).toBe(0);
    expect(lease.signal.aborted).toBe(false);
    expect(environment.timers).toBe(1);
    lease.end();
    expect(environment.timers).toBe(0);
  });

  it("has aborted already for those who ask too late", async () => {
    const environment = new HeldEnvironment();
    const { lease } = leaseOf(environment, 1000);
    await environment.advance(1000);
    expect(lease.signal.aborted).toBe(true);
  });

  it("does not abort once the claim is being settled", async () => {
    const environment = new HeldEnvironment();
    const { lease, lost } = leaseOf(environment, 1000);
    const { signal } = lease;
    lease.end();
    await environment.advance(5000);
    expect(signal.aborted).toBe(false);
    expect(lost()).toBe(0);
  });
});

describe("marginOf", () => {
  it("is a tenth of the lease, at most a second, or what the option says within the lease", () => {
    expect(marginOf(1000, undefined)).toBe(100);
    expect(marginOf(60_000, undefined)).toBe(1000);
    expect(marginOf(60_000, 5000)).toBe(5000);
    expect(marginOf(1000, 5000)).toBe(1000);
  });
});

describe("LeaseKeeper", () => {
  function keeping(environment: HeldEnvironment, answer: () => Settled["status"] | ClaimdError) {
    const { lease, lost } = leaseOf(environment, 900);
    const extended: number[] = [];
    const keeper = new LeaseKeeper(environment, lease, 900, () => {
      extended.push(environment.nowMs());
      const given = answer();
      if (given instanceof ClaimdError) return Promise.reject(given);
      if (given === "APPLIED") lease.extendTo(environment.nowMs() + 900);
      return Promise.resolve(given);
    });
    keeper.start();
    return { lease, lost, extended, keeper };
  }

  it("extends at each third of the lease", async () => {
    const environment = new HeldEnvironment();
    const { extended, lease, keeper } = keeping(environment, () => "APPLIED");
    await environment.advance(3000);
    expect(extended).toEqual([1300, 1600, 1900, 2200, 2500, 2800, 3100, 3400, 3700, 4000]);
    expect(lease.isLost).toBe(false);
    keeper.stop();
    await environment.advance(3000);
    expect(extended).toHaveLength(10);
  });

  it("loses the lease at once when the server says that it is somebody else's", async () => {
    const environment = new HeldEnvironment();
    const { lease, extended } = keeping(environment, () => "STALE_OWNER");
    const { signal } = lease;
    await environment.advance(300);
    expect(signal.aborted).toBe(true);
    await environment.advance(3000);
    expect(extended).toHaveLength(1);
  });

  it("tries on while nobody answers, and the signal aborts in time all the same", async () => {
    const environment = new HeldEnvironment();
    let up = false;
    const down = new ClaimdError("UNAVAILABLE", "down");
    const { lease, extended, keeper } = keeping(environment, () => (up ? "APPLIED" : down));
    const { signal } = lease;
    await environment.advance(600);
    expect(extended.length).toBeGreaterThan(1);
    up = true;
    await environment.advance(2000);
    expect(signal.aborted).toBe(false);
    up = false;
    await environment.advance(901);
    expect(signal.aborted).toBe(true);
    keeper.stop();
  });
});
