import { expect, it, onTestFinished } from "vitest";
import { HotKeyTarget, type HotKeyWay } from "./hot-key-target.ts";

/** Nothing is asked: it never connects. */
function target(way: HotKeyWay): HotKeyTarget {
  const made = new HotKeyTarget({ kind: "hot-key", address: "127.0.0.1:1", way });
  onTestFinished(() => made.close());
  return made;
}

it("knows a grant in the answers of each way", () => {
  expect(target("leader").isFirst({ first: true })).toBe(true);
  expect(target("leader").isFirst({ first: false, status: "COMPLETED" })).toBe(false);
  for (const way of ["nodes", "cache"] as const) {
    expect(target(way).isFirst({ status: "GRANTED" })).toBe(true);
    expect(target(way).isFirst({ status: "COMPLETED" })).toBe(false);
  }
});

it("takes nothing else for an answer about a completed key", () => {
  expect(() => target("nodes").isFirst({ status: "IN_PROGRESS" })).toThrow("answered IN_PROGRESS");
});
