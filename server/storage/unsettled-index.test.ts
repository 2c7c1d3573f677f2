import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ClaimRecord, Held, InProgress, Released } from "./claim-record.ts";
import { expiresAtMs } from "./claim-record.ts";
import { completed, running, START_MS } from "./test/test-node.ts";
import { keyOf, UnsettledIndex } from "./unsettled-index.ts";

const id = (key: string, namespaceId = 1): string =>
  `\0\0\0${String.fromCharCode(namespaceId)}${key}`;

function held(nowMs: number): Held {
  const { claimId, holder } = running(1, nowMs);
  return { ...released(nowMs), state: "HELD", claimId, holder };
}

function released(nowMs: number): Released {
  return { ...completed(1, nowMs), state: "RELEASED", completed: false, extraAttempt: false };
}

function update(
  index: UnsettledIndex,
  key: string,
  record: ClaimRecord | undefined,
  before?: ClaimRecord,
): void {
  index.update(id(key), 1, 7, record, before);
}

describe("the index of unsettled keys", () => {
  it("has open claims and forgets them when they settle or are removed", () => {
    const index = new UnsettledIndex(100);
    const claim = running(1, START_MS);
    update(index, "a", claim);
    update(index, "b", claim);
    update(index, "c", claim);
    update(index, "a", completed(1, START_MS), claim);
    update(index, "b", undefined, claim);
    update(index, "d", completed(1, START_MS));
    expect([...index.keys()].map((key) => keyOf(key).toString())).toEqual(["c"]);
    expect(index.get(id("c"))).toMatchObject({
      namespaceId: 1,
      partition: 7,
      state: "IN_PROGRESS",
      token: 1,
      holder: "worker",
      sinceMs: START_MS,
      leaseUntilMs: START_MS + 10_000,
      expiresAtMs: START_MS + 70_000,
    });
  });

  it("tells a lapse once, and again only when the lease was extended", () => {
    const index = new UnsettledIndex(100);
    const claim = running(1, START_MS);
    update(index, "a", claim);
    expect(index.sweep(START_MS + 9_999, 10)).toEqual([]);
    expect(index.sweep(START_MS + 10_000, 10)).toMatchObject([{ type: "lapsed" }]);
    expect(index.sweep(START_MS + 20_000, 10)).toEqual([]);
    const extended: InProgress = { ...claim, leaseUntilMs: START_MS + 30_000 };
    update(index, "a", extended, claim);
    expect(index.sweep(START_MS + 29_000, 10)).toEqual([]);
    expect(index.sweep(START_MS + 40_000, 10)).toMatchObject([{ type: "lapsed" }]);
  });

  it("tells of a held key that was forgotten unresolved, and removes what is over", () => {
    const index = new UnsettledIndex(100);
    update(index, "held", held(START_MS));
    update(index, "hold", { ...running(1, START_MS), hold: true });
    update(index, "reclaim", running(1, START_MS));
    update(index, "released", released(START_MS));
    expect(index.sweep(START_MS + 59_999, 10).map(({ type }) => type)).toEqual([
      "lapsed",
      "lapsed",
    ]);
    const over = index.sweep(START_MS + 80_000, 10);
    expect(over.map(({ type, key }) => [type, keyOf(key).toString()])).toEqual([
      ["heldExpired", "held"],
      ["heldExpired", "hold"],
    ]);
    expect(index.size).toBe(0);
  });

  it("tells at most as many as are asked for, and the rest the next time", () => {
    const index = new UnsettledIndex(1000);
    for (let at = 0; at < 25; at += 1) update(index, `key-${at}`, running(at, START_MS + at * 40));
    const told: string[] = [];
    for (let look = 0; look < 3; look += 1) {
      told.push(...index.sweep(START_MS + 20_000, 10).map(({ key }) => key.id));
    }
    expect(new Set(told).size).toBe(25);
    expect(index.sweep(START_MS + 20_000, 10)).toEqual([]);
  });

  it("is incomplete until the scan has passed, and once it could not take a key", () => {
    const index = new UnsettledIndex(2);
    expect(index.complete).toBe(false);
    index.scanned();
    expect(index.complete).toBe(true);
    for (const key of ["a", "b", "c"]) update(index, key, running(1, START_MS));
    expect(index.size).toBe(2);
    expect(index.complete).toBe(false);
  });

  it("loses a deleted namespace's keys and nobody else's", () => {
    const index = new UnsettledIndex(100);
    index.update(id("a", 1), 1, 7, running(1, START_MS), undefined);
    index.update(id("a", 2), 2, 7, running(1, START_MS), undefined);
    index.removeNamespace(1);
    expect([...index.keys()].map(({ namespaceId }) => namespaceId)).toEqual([2]);
    expect(index.sweep(START_MS + 20_000, 10)).toHaveLength(1);
  });

  it("tells the same as a list that is searched from end to end, whatever happens", () => {
    const step = fc.record({
      key: fc.nat(12),
      what: fc.constantFrom("run", "hold", "held", "settle", "remove"),
      advanceMs: fc.nat(20_000),
      sweep: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const index = new UnsettledIndex(1000);
        const model = new Map<string, { record: ClaimRecord; told: boolean }>();
        let nowMs = START_MS;
        for (const { key, what, advanceMs, sweep } of steps) {
          const name = id(String(key));
          const before = model.get(name)?.record;
          const record =
            what === "run" || what === "hold"
              ? { ...running(1, nowMs), hold: what === "hold" }
              : what === "held"
                ? held(nowMs)
                : what === "settle"
                  ? completed(1, nowMs)
                  : undefined;
          index.update(name, 1, 7, record, before);
          if (record === undefined || record.state === "COMPLETED") model.delete(name);
          else model.set(name, { record, told: false });
          nowMs += advanceMs;
          if (!sweep) continue;
          const expected: string[] = [];
          for (const [each, entry] of model) {
            const { record: stands, told } = entry;
            const isRunning = stands.state === "IN_PROGRESS";
            if (nowMs >= expiresAtMs(stands)) {
              if (!isRunning || stands.hold) expected.push(`heldExpired ${each}`);
              model.delete(each);
            } else if (isRunning && nowMs >= stands.leaseUntilMs && !told) {
              expected.push(`lapsed ${each}`);
              entry.told = true;
            }
          }
          const found = index.sweep(nowMs, 1000).map(({ type, key: due }) => `${type} ${due.id}`);
          expect(found.sort()).toEqual(expected.sort());
          expect(index.size).toBe(model.size);
        }
      }),
    );
  });
});
