/** The oracle must not let a store pass that grants a key twice, or to nobody. */
import { describe, expect, it } from "vitest";
import { Winners } from "./winners.ts";

describe("Winners", () => {
  it("accepts one winner a key, however many claims it had", () => {
    const winners = new Winners();
    for (let key = 0; key < 100_000; key++) {
      winners.note(key, true);
      winners.note(key, false);
    }
    expect(winners.problems(100_000)).toEqual([]);
  });

  it("finds a key with two winners", () => {
    const winners = new Winners();
    for (const key of [0, 1, 2, 1]) winners.note(key, true);
    expect(winners.problems(3)).toEqual([
      "of 3 keys 0 have no winner and 1 more than one",
      "key 1 has 2 winners",
    ]);
  });

  it("finds a key without a winner, also beyond what it has seen", () => {
    const winners = new Winners();
    winners.note(0, true);
    winners.note(1, false);
    expect(winners.problems(2)[0]).toBe("of 2 keys 1 have no winner and 0 more than one");
    expect(winners.problems(1 << 20)).not.toEqual([]);
  });

  it("does not lose count of very many winners", () => {
    const winners = new Winners();
    for (let win = 0; win < 257; win++) winners.note(0, true);
    expect(winners.problems(1)).toContain("key 0 has 255 winners");
  });
});
