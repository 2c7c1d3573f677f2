import { keyHash } from "@claimd/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { filterHash, GenerationFilter } from "./generation-filter.ts";

const NAMESPACE = "payments";
const NAMESPACE_ID = 7;

function add(filter: GenerationFilter, key: Uint8Array): void {
  filter.add(keyHash(NAMESPACE, key), filterHash(NAMESPACE_ID, key));
}

function mayContain(filter: GenerationFilter, key: Uint8Array): boolean {
  return filter.mayContain(keyHash(NAMESPACE, key), filterHash(NAMESPACE_ID, key));
}

function falsePositives(filter: GenerationFilter, asked: number): number {
  let found = 0;
  for (let i = 0; i < asked; i++) {
    if (mayContain(filter, Buffer.from(`other:${i}`))) found += 1;
  }
  return found / asked;
}

describe("GenerationFilter", () => {
  it("contains nothing and takes nothing at first", () => {
    const filter = new GenerationFilter();
    expect(filter.bytes).toBe(0);
    expect(mayContain(filter, Buffer.from("key"))).toBe(false);
  });

  it("contains whatever was added, whatever the hashes", () => {
    const hash = fc.nat({ max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(fc.array(fc.tuple(hash, hash), { maxLength: 500 }), (pairs) => {
        const filter = new GenerationFilter();
        for (const [a, b] of pairs) {
          filter.add(a, b);
          expect(filter.mayContain(a, b)).toBe(true);
        }
        for (const [a, b] of pairs) expect(filter.mayContain(a, b)).toBe(true);
      }),
    );
  });

  it("at a million keys contains all of them, and 1 in 50 of others at most", {
    timeout: 30_000,
  }, () => {
    const filter = new GenerationFilter();
    const keys = 1_000_000;
    for (let i = 0; i < keys; i++) add(filter, Buffer.from(`charge:${i}`));
    let missing = 0;
    for (let i = 0; i < keys; i++) {
      if (!mayContain(filter, Buffer.from(`charge:${i}`))) missing += 1;
    }
    expect(missing).toBe(0);
    expect(falsePositives(filter, 200_000)).toBeLessThan(0.02);
    // The worst moment: a part of the size of all before it has just begun.
    expect((filter.bytes * 8) / keys).toBeLessThan(28);
  });

  it("stays below 3 % while parts fill up one after the other", () => {
    const filter = new GenerationFilter();
    for (let i = 0; i < 500_000; i++) {
      add(filter, Buffer.from(`charge:${i}`));
      if (i % 65_536 === 65_535) expect(falsePositives(filter, 10_000)).toBeLessThan(0.03);
    }
  });

  it("takes no room for what it already contains", () => {
    const filter = new GenerationFilter();
    const key = Buffer.from("charge:1");
    for (let i = 0; i < 200_000; i++) add(filter, key);
    expect(filter.keys).toBe(1);
    expect(filter.bytes).toBe(128 * 1024);
  });
});

describe("filterHash", () => {
  it("differs between namespaces and from the partition's hash", () => {
    const key = Buffer.from("charge:1");
    const hashes = [0, 1, 2, 2 ** 31, 2 ** 32 - 1].map((id) => filterHash(id, key));
    expect(new Set([...hashes, keyHash(NAMESPACE, key)]).size).toBe(6);
  });
});
