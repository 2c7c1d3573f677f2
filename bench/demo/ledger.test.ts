/**
 * The check that decides the demo's exit code must see every way in which a ledger can be
 * wrong.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Ledger, ledgerProblems } from "./ledger.ts";

const orders = [
  { id: "a", amountCents: 100 },
  { id: "b", amountCents: 200 },
];

describe("ledgerProblems", () => {
  it("accepts every order once, in any order", () => {
    expect(ledgerProblems("b 200 k2\na 100 k1\n", orders)).toEqual([]);
  });

  it.each([
    ["a missing charge", "a 100 k1\n", "b was charged 0 times"],
    ["a double charge", "a 100 k1\nb 200 k2\na 100 k3\n", "a was charged 2 times"],
    ["a wrong amount", "a 100 k1\nb 201 k2\n", "b was charged 201 instead of 200"],
    ["a charge of nobody", "a 100 k1\nb 200 k2\nc 1 k3\n", "c was charged and never ordered"],
    ["a torn line", "a 100 k1\nb", "b was charged nothing instead of 200"],
    ["an empty file", "", "a was charged 0 times"],
  ])("finds %s", (_, text, problem) => {
    expect(ledgerProblems(text, orders)).toContain(problem);
  });
});

describe("Ledger", () => {
  it("has a line on the disk before append returns, and writes what the check reads", async () => {
    const folder = await mkdtemp(join(tmpdir(), "claimd-ledger-"));
    const path = join(folder, "ledger");
    const ledger = await Ledger.create(path);
    for (const order of orders) await ledger.append({ ...order, idempotencyKey: "k" });
    expect(ledgerProblems(await readFile(path, "utf8"), orders)).toEqual([]);
    expect(ledger.lines).toBe(2);
    await ledger.close();
    await rm(folder, { recursive: true });
  });
});
