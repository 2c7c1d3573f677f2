/**
 * "Surely never seen" of a generation without asking LevelDB: a blocked Bloom filter that grows.
 *
 * A key sets 8 bits of one block of 64 bytes, one in each 64-bit lane: a probe costs one line of
 * the CPU's cache. When a part is full, one of twice its capacity is begun, so that memory follows
 * the number of keys (1.5 to 3.5 bytes each); the early parts are small, so they get more bits a
 * key. False positives of all parts together: 0.7 % at a million keys, 2.4 % at eight million.
 *
 * Must stay true: what was added is contained, for ever. There is no removal; the filter goes with
 * its generation.
 *
 * (Putze, Sanders, Singler: Cache-, hash- and space-efficient Bloom filters; the odd multipliers
 * are those of Apache Parquet's split block filter.)
 */
import { hash32 } from "@claimd/proto";

const FIRST_PART_KEYS = 65_536;
const FIRST_PART_BITS_PER_KEY = 16;
const BITS_PER_KEY = 10;
const WORDS_PER_BLOCK = 16;
const BITS_PER_BLOCK = 512;
const LANES = 8;
const TWO_TO_32 = 2 ** 32;

const MULTIPLIERS = Int32Array.of(
  0x47b6137b,
  0x44974d91,
  0x8824ad5b,
  0xa2b7289d,
  0x705495c7,
  0x2df1424b,
  0x9efc4947,
  0x5c6bfb31,
);

/** Away from the seed of the partition function, which is 0. */
const FILTER_SEED = 0x5bd1e995;

interface Part {
  /** Outside the JavaScript heap, zero at first. */
  readonly words: Uint32Array;
  readonly blocks: number;
  readonly capacity: number;
}

/** The second of the two hashes a filter takes; the first is keyHash, behind the partition. */
export function filterHash(namespaceId: number, key: Uint8Array): number {
  return hash32(key, key.length, FILTER_SEED ^ Math.imul(namespaceId, 0x9e3779b1));
}

export class GenerationFilter {
  readonly #parts: Part[] = [];
  #keysInLast = 0;
  #keys = 0;
  #bytes = 0;

  /** What was added, those aside that the filter seemed to hold already. */
  get keys(): number {
    return this.#keys;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Both hashes are 32 bits. Adding twice costs no room. */
  add(hashA: number, hashB: number): void {
    if (this.mayContain(hashA, hashB)) return;
    let last = this.#parts.at(-1);
    if (last === undefined || this.#keysInLast >= last.capacity) last = this.#grow();
    setBits(last, hashA, hashB);
    this.#keysInLast += 1;
    this.#keys += 1;
  }

  /** False: never added. True: added, or one of the false positives. */
  mayContain(hashA: number, hashB: number): boolean {
    // The newest part first: it holds half of the keys.
    for (let i = this.#parts.length - 1; i >= 0; i--) {
      if (hasBits(this.#parts[i] as Part, hashA, hashB)) return true;
    }
    return false;
  }

  #grow(): Part {
    const number = this.#parts.length;
    const capacity = FIRST_PART_KEYS * 2 ** number;
    const bitsPerKey = Math.max(BITS_PER_KEY, FIRST_PART_BITS_PER_KEY - number);
    const blocks = Math.ceil((capacity * bitsPerKey) / BITS_PER_BLOCK);
    const part = { words: new Uint32Array(blocks * WORDS_PER_BLOCK), blocks, capacity };
    this.#parts.push(part);
    this.#bytes += part.words.byteLength;
    this.#keysInLast = 0;
    return part;
  }
}

/** Where the key's block begins: by the high bits, the low ones chose the partition. */
function blockAt(part: Part, hashA: number): number {
  return Math.floor((hashA * part.blocks) / TWO_TO_32) * WORDS_PER_BLOCK;
}

function setBits(part: Part, hashA: number, hashB: number): void {
  const { words } = part;
  const block = blockAt(part, hashA);
  for (let lane = 0; lane < LANES; lane++) {
    const bit = Math.imul(hashB, MULTIPLIERS[lane] as number) >>> 26;
    const word = block + 2 * lane + (bit >>> 5);
    words[word] = (words[word] as number) | (1 << (bit & 31));
  }
}

function hasBits(part: Part, hashA: number, hashB: number): boolean {
  const { words } = part;
  const block = blockAt(part, hashA);
  for (let lane = 0; lane < LANES; lane++) {
    const bit = Math.imul(hashB, MULTIPLIERS[lane] as number) >>> 26;
    const word = words[block + 2 * lane + (bit >>> 5)] as number;
    if ((word & (1 << (bit & 31))) === 0) return false;
  }
  return true;
}
