import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hash32, keyHash, partitionOf } from "./partition.ts";

interface Vectors {
  readonly hash32: readonly { hex: string; seed: number; hash: number }[];
  readonly keys: readonly {
    namespace: string;
    keyHex: string;
    hash: number;
    partition256: number;
    partition1000: number;
  }[];
}

const vectors = JSON.parse(
  readFileSync(new URL("./partition-vectors.json", import.meta.url), "utf8"),
) as Vectors;

describe("hash32", () => {
  it("gives every published vector", () => {
    expect(vectors.hash32.length).toBeGreaterThan(15);
    for (const { hex, seed, hash } of vectors.hash32) {
      const bytes = Buffer.from(hex, "hex");
      expect(hash32(bytes, bytes.length, seed), `${hex} with seed ${seed}`).toBe(hash);
    }
  });

  it("reads the given number of bytes and none behind", () => {
    const bytes = Buffer.from("test and more");
    expect(hash32(bytes, 4)).toBe(0xba6bd213);
  });
});

describe("partitionOf", () => {
  it("gives every vector", () => {
    expect(vectors.keys.length).toBeGreaterThan(20);
    for (const { namespace, keyHex, hash, partition256, partition1000 } of vectors.keys) {
      const key = Buffer.from(keyHex, "hex");
      expect(keyHash(namespace, key), `${namespace} ${keyHex}`).toBe(hash);
      expect(partitionOf(namespace, key)).toBe(partition256);
      expect(partitionOf(namespace, key, 1000)).toBe(partition1000);
    }
  });

  it("depends on nothing but namespace and key, whatever was asked before", () => {
    const namespace = fc.stringMatching(/^[a-z0-9-]{1,64}$/);
    const key = fc.uint8Array({ minLength: 1, maxLength: 2000 });
    fc.assert(
      fc.property(fc.array(fc.tuple(namespace, key), { minLength: 1 }), (calls) => {
        for (const [name, bytes] of calls) {
          const plain = Buffer.concat([Buffer.from(name), Buffer.of(0), bytes]);
          expect(keyHash(name, bytes)).toBe(hash32(plain));
        }
      }),
    );
  });

  it("spreads keys that count upwards evenly over the partitions", () => {
    const counts = new Array<number>(256).fill(0);
    for (let i = 0; i < 256_000; i++) {
      const partition = partitionOf("payments", Buffer.from(`charge:${i}`));
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1150);
  });
});
