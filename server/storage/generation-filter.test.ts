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
  const hashA = keyHash(NAMESPACE, key);
  return GenerationFilter.indexOf([filter], hashA, filterHash(NAMESPACE_ID, key), 0) === 0;
}

function filled(capacity: number, keys: number): GenerationFilter {
  const filter = new GenerationFilter(capacity, true);
  for (let i = 0; i < keys; i++) add(filter, Buffer.from(`charge:${i}`));
  return filter;
}

function missing(filter: GenerationFilter, keys: number): number {
  let found = 0;
  for (let i = 0; i < keys; i++) if (!mayContain(filter, Buffer.from(`charge:${i}`))) found += 1;
  return found;
}

function falsePositives(filter: GenerationFilter, asked: number): number {
  let found = 0;
  for (let i = 0; i < asked; i++) if (mayContain(filter, Buffer.from(`other:${i}`))) found += 1;
  return found / asked;
}

describe("GenerationFilter", () => {
  it("contains whatever was added, whatever the hashes and its size", () => {
    const hash = fc.oneof(fc.nat({ max: 2 ** 32 - 1 }), fc.constant(2 ** 32 - 1), fc.constant(0));
    const capacity = fc.integer({ min: 0, max: 3000 });
    fc.assert(
      fc.property(capacity, fc.array(fc.tuple(hash, hash), { maxLength: 500 }), (size, pairs) => {
        const filter = new GenerationFilter(size, true);
        for (const [a, b] of pairs) {
          filter.add(a, b);
          expect(GenerationFilter.indexOf([filter], a, b, 0)).toBe(0);
        }
        for (const [a, b] of pairs) expect(GenerationFilter.indexOf([filter], a, b, 0)).toBe(0);
      }),
    );
  });

  it("when full contains all of its keys, and 1 in 3000 of others at most", {
    timeout: 30_000,
  }, () => {
    const keys = 524_288;
    const filter = filled(keys, keys);
    expect(missing(filter, keys)).toBe(0);
    expect(falsePositives(filter, 400_000)).toBeLessThan(1 / 3000);
    expect(filter.bytes / keys).toBeLessThan(2.51);
  });

  it("loses none of ten times the keys it is for", () => {
    const filter = filled(20_000, 200_000);
    expect(missing(filter, 200_000)).toBe(0);
  });

  it("counts a key once, however often it is added", () => {
    const filter = new GenerationFilter(1000, true);
    expect(mayContain(filter, Buffer.from("charge:1"))).toBe(false);
    for (let i = 0; i < 1000; i++) add(filter, Buffer.from("charge:1"));
    expect(filter.keys).toBe(1);
    expect(filled(10_000, 10_000).keys).toBeGreaterThan(9950);
  });

  it("contains every key while keys from before the start are missing", () => {
    const filter = new GenerationFilter(1000, false);
    expect(mayContain(filter, Buffer.from("charge:1"))).toBe(true);
    add(filter, Buffer.from("charge:2"));
    filter.completed();
    expect(mayContain(filter, Buffer.from("charge:1"))).toBe(false);
    expect(mayContain(filter, Buffer.from("charge:2"))).toBe(true);
  });
});

describe("GenerationFilter.indexOf", () => {
  it("finds every filter that may have the key, one after the other", () => {
    const filters = [filled(100, 0), filled(100, 50), filled(100, 50), filled(100, 0)];
    const incomplete = new GenerationFilter(100, false);
    const key = Buffer.from("charge:7");
    const found = (all: readonly GenerationFilter[]): number[] => {
      const indexes: number[] = [];
      const [hashA, hashB] = [keyHash(NAMESPACE, key), filterHash(NAMESPACE_ID, key)];
      let at = GenerationFilter.indexOf(all, hashA, hashB, 0);
      while (at !== -1) {
        indexes.push(at);
        at = GenerationFilter.indexOf(all, hashA, hashB, at + 1);
      }
      return indexes;
    };
    expect(found(filters)).toEqual([1, 2]);
    expect(found([...filters, incomplete])).toEqual([1, 2, 4]);
    expect(found([])).toEqual([]);
  });
});

describe("filterHash", () => {
  it("differs between namespaces and from the partition's hash", () => {
    const key = Buffer.from("charge:1");
    const hashes = [0, 1, 2, 2 ** 31, 2 ** 32 - 1].map((id) => filterHash(id, key));
    expect(new Set([...hashes, keyHash(NAMESPACE, key)]).size).toBe(6);
  });
});
