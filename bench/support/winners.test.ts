/** The oracle must not let a store pass that grants a key twice, or to nobody. */
import { describe, expect, it } from "vitest";
import { Winners } from "./winners.ts";

describe("Winners", () => {
  it("accepts one winner a key, however many claims it had", () => {
    const winners = new Winners();
    for (let key = 0; key < 200_000; key++) {
      winners.note(key, key % 2 === 0);
      winners.note(key, key % 2 === 1);
      winners.note(key, false);
    }
    expect(winners.problems()).toEqual([]);
    expect(winners.keys).toBe(200_000);
  });

  it("finds a key with two winners", () => {
    const winners = new Winners();
    for (const key of [0, 1, 2, 1, 1]) winners.note(key, true);
    expect(winners.problems()).toEqual([
      "of 3 keys 0 have no winner and 1 more than one",
      "key 1 has several winners",
    ]);
  });

  it("finds a key without a winner, on any page", () => {
    const winners = new Winners();
    winners.note(0, true);
    winners.note(1, false);
    winners.note(3_000_000, false);
    expect(winners.problems()).toEqual([
      "of 3 keys 2 have no winner and 0 more than one",
      "key 1 has no winner",
      "key 3000000 has no winner",
    ]);
  });

  it("knows nothing of keys that nobody asked for", () => {
    const winners = new Winners();
    winners.note(1_000_000, true);
    expect(winners.problems()).toEqual([]);
    expect(winners.keys).toBe(1);
  });

  it("forgives a key without a winner only where a claim had no answer, and never two", () => {
    const winners = new Winners();
    for (const key of [0, 1, 2]) winners.noteUnanswered(key);
    winners.note(0, false);
    winners.note(1, true);
    expect(winners.problems()).toEqual([]);
    winners.note(1, true);
    expect(winners.problems()[0]).toBe("of 2 keys 0 have no winner and 1 more than one");
  });

  it("judges what it forgets, and whoever wins after that has no right to", () => {
    const winners = new Winners();
    for (let key = 0; key < 200_000; key++) winners.note(key, key !== 7);
    winners.noteUnanswered(8);
    winners.forgetBelow(150_000);
    winners.note(9, false);
    expect(winners.problems()).toEqual([
      "of 200000 keys 1 have no winner and 0 more than one",
      "key 7 has no winner",
    ]);
    winners.note(9, true);
    winners.note(199_999, true);
    expect(winners.problems()[0]).toBe("of 200000 keys 1 have no winner and 2 more than one");
  });

  it("keeps what is not below, also of the page that is", () => {
    const winners = new Winners();
    for (let key = 0; key < 70_000; key++) winners.note(key, key < 66_000 || key > 66_001);
    winners.noteUnanswered(66_001);
    winners.forgetBelow(69_000);
    expect(winners.problems()).toEqual([
      "of 70000 keys 1 have no winner and 0 more than one",
      "key 66000 has no winner",
    ]);
    winners.note(66_000, true);
    expect(winners.problems()).toEqual([]);
  });

  it("tells of wrong answers", () => {
    const winners = new Winners();
    winners.note(0, true);
    winners.noteWrong("a duplicate of key 0 got no result");
    expect(winners.problems()).toEqual([
      "1 answers are wrong",
      "a duplicate of key 0 got no result",
    ]);
  });
});
