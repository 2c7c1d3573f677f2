import { describe, expect, it } from "vitest";
import { capsOf } from "./planner-caps.ts";

const zonesOf = (zones: string): readonly string[] => zones.split("");

/** Caps of the replicas in each zone, for as many nodes in each as its name is repeated. */
function replicaCaps(zones: string, replicas: number): Readonly<Record<string, number>> {
  const list = zonesOf(zones);
  const caps = capsOf(list, 256, replicas);
  return Object.fromEntries(list.map((zone) => [zone, caps.replicas(zone)]));
}

describe("capsOf", () => {
  it.each([
    [1, 281],
    [2, 140],
    [3, 93],
    [5, 56],
    [7, 40],
    [12, 23],
    [100, 3],
    [300, 1],
  ])("lets one of %i nodes lead %i partitions", (nodes, most) => {
    expect(capsOf(new Array<string>(nodes).fill("a"), 256, 1).leaders).toBe(most);
  });

  it("rounds up where a tenth more is less than one partition", () => {
    expect(capsOf(zonesOf("aaa"), 4, 1).leaders).toBe(2);
    expect(capsOf(zonesOf("aaaaa"), 256, 1).leaders).toBe(56);
    expect(capsOf(new Array<string>(60).fill("a"), 256, 1).leaders).toBe(5);
  });

  it.each([
    ["aaaaa", 3, { a: 168 }],
    ["abc", 3, { a: 281, b: 281, c: 281 }],
    ["aabbcc", 3, { a: 140, b: 140, c: 140 }],
    ["abcde", 3, { a: 168, b: 168, c: 168, d: 168, e: 168 }],
    // One zone is larger than its share can use: each partition is in it once.
    ["aabc", 3, { a: 140, b: 281, c: 281 }],
    ["aaaaaaaaaabc", 3, { a: 28, b: 281, c: 281 }],
    ["aaabcd", 3, { a: 93, b: 187, c: 187, d: 187 }],
    // Two zones for three replicas: at most two in each.
    ["aabb", 3, { a: 211, b: 211 }],
    ["aaab", 3, { a: 187, b: 281 }],
    // Zone b is too small only after zone a has left its share to the others.
    ["bbbaaaaaacd", 3, { a: 46, b: 93, c: 140, d: 140 }],
    ["aaaaaabbbc", 2, { a: 46, b: 70, c: 70 }],
    ["aaaaab", 5, { a: 225, b: 281 }],
    ["ab", 1, { a: 140, b: 140 }],
  ])("divides replicas over nodes in zones %s, %i of each partition", (zones, replicas, caps) => {
    expect(replicaCaps(zones, replicas)).toEqual(caps);
  });

  it.each([
    ["abc", 3, 1],
    ["abcd", 3, 1],
    ["aab", 3, 2],
    ["aabb", 3, 2],
    ["aaaa", 3, 3],
    ["aaaaab", 5, 4],
    ["a", 1, 1],
  ])("allows in one zone of %s, of %i replicas, %i", (zones, replicas, most) => {
    expect(capsOf(zonesOf(zones), 256, replicas).inOneZone).toBe(most);
  });
});
