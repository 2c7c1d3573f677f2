/**
 * "Surely never seen" of a generation without asking LevelDB: a blocked Bloom filter for as many
 * keys as its run is for.
 *
 * A key sets 8 bits of one block of 64 bytes, one in each 64-bit lane: a probe costs one line of
 * the CPU's cache. With 20 bits a key a full filter errs for 1 in 4000 keys that it does not have,
 * the 22 of 10 million keys together for 1 in 180; they take 26 MB. More keys than it is for are
 * taken as well, and make it err more.
 *
 * Must stay true: what was added is contained, for ever. There is no removal; the filter goes with
 * its generation. Until it has every key from before the start, it contains whatever it is asked.
 * Once sealed it gets no further key, so that its words may be kept in a file (filter-files.ts).
 *
 * (Putze, Sanders, Singler: Cache-, hash- and space-efficient Bloom filters; the odd multipliers
 * are those of Apache Parquet's split block filter.)
 */
import { hash32 } from "@claimd/proto";
import { assert } from "../errors.ts";

/** Rises with every change of how bits are chosen: what was kept before is of no use then. */
export const FILTER_FORMAT = 1;

const BITS_PER_KEY = 20;
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

/** The second of the two hashes a filter takes; the first is keyHash, behind the partition. */
export function filterHash(namespaceId: number, key: Uint8Array): number {
  return hash32(key, key.length, FILTER_SEED ^ Math.imul(namespaceId, 0x9e3779b1));
}

export class GenerationFilter {
  /** The keys it is for. */
  readonly capacity: number;
  /** Outside the JavaScript heap, zero at first. */
  readonly #words: Uint32Array;
  /** A 32-bit hash times this is a block. */
  readonly #scale: number;
  #keys = 0;
  #complete: boolean;
  #sealed = false;

  /** `complete` false: it lacks keys from before the start, until `completed`. */
  constructor(capacity: number, complete: boolean) {
    this.capacity = capacity;
    const blocks = blocksFor(capacity);
    this.#words = new Uint32Array(blocks * WORDS_PER_BLOCK);
    this.#scale = blocks / TWO_TO_32;
    this.#complete = complete;
  }

  /** A sealed one again, of these words; undefined when they are too many or too few. */
  static sealed(capacity: number, keys: number, words: Uint8Array): GenerationFilter | undefined {
    if (words.length !== blocksFor(capacity) * (BITS_PER_BLOCK / 8)) return undefined;
    const filter = new GenerationFilter(capacity, true);
    new Uint8Array(filter.#words.buffer).set(words);
    filter.#keys = keys;
    filter.#sealed = true;
    return filter;
  }

  /** What was added, those aside that the filter seemed to hold already. */
  get keys(): number {
    return this.#keys;
  }

  get bytes(): number {
    return this.#words.byteLength;
  }

  /** Whether it has every key of its generation, so that it can say no. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Whether it is for good: no further key is added. */
  get isSealed(): boolean {
    return this.#sealed;
  }

  /** Every key from before the start has been added. */
  completed(): void {
    this.#complete = true;
  }

  /** From now on it has all the keys it will ever have. Gives a copy of its words. */
  seal(): Uint8Array {
    assert(this.#complete, "a filter is kept when it has every key");
    this.#sealed = true;
    return new Uint8Array(this.#words.buffer.slice(0));
  }

  /** Both hashes are 32 bits. Adding twice changes nothing. */
  add(hashA: number, hashB: number): void {
    const words = this.#words;
    // By the high bits, the low ones chose the partition.
    const block = Math.floor(hashA * this.#scale) * WORDS_PER_BLOCK;
    let set = 0;
    for (let lane = 0; lane < LANES; lane++) {
      const bit = Math.imul(hashB, MULTIPLIERS[lane] as number) >>> 26;
      const at = block + 2 * lane + (bit >>> 5);
      const word = words[at] as number;
      set |= ~word & (1 << (bit & 31));
      words[at] = word | (1 << (bit & 31));
    }
    if (set === 0) return;
    assert(!this.#sealed, "a sealed filter gets no further key");
    this.#keys += 1;
  }

  /**
   * The first filter from `from` on that may have the key, -1 = surely none of them has.
   *
   * A new key asks all of them, so what decides nearly always, four lanes, is worked out once and
   * read without a branch between: the CPU waits for several lines at a time.
   */
  static indexOf(
    filters: readonly GenerationFilter[],
    hashA: number,
    hashB: number,
    from: number,
  ): number {
    const bit0 = Math.imul(hashB, 0x47b6137b) >>> 26;
    const bit1 = Math.imul(hashB, 0x44974d91) >>> 26;
    const bit2 = Math.imul(hashB, 0x8824ad5b) >>> 26;
    const bit3 = Math.imul(hashB, 0xa2b7289d) >>> 26;
    const at0 = bit0 >>> 5;
    const at1 = 2 + (bit1 >>> 5);
    const at2 = 4 + (bit2 >>> 5);
    const at3 = 6 + (bit3 >>> 5);
    for (let i = from; i < filters.length; i++) {
      const filter = filters[i] as GenerationFilter;
      if (!filter.#complete) return i;
      const words = filter.#words;
      const block = Math.floor(hashA * filter.#scale) * WORDS_PER_BLOCK;
      // A shift takes the low five bits of its count: the bit's place in its word.
      const first =
        ((words[block + at0] as number) >>> bit0) &
        ((words[block + at1] as number) >>> bit1) &
        ((words[block + at2] as number) >>> bit2) &
        ((words[block + at3] as number) >>> bit3);
      if ((first & 1) === 1 && restIsSet(words, block, hashB)) return i;
    }
    return -1;
  }
}

function blocksFor(capacity: number): number {
  return Math.max(1, Math.ceil((capacity * BITS_PER_KEY) / BITS_PER_BLOCK));
}

/** The lanes that `indexOf` has not looked at. */
function restIsSet(words: Uint32Array, block: number, hashB: number): boolean {
  for (let lane = 4; lane < LANES; lane++) {
    const bit = Math.imul(hashB, MULTIPLIERS[lane] as number) >>> 26;
    const word = words[block + 2 * lane + (bit >>> 5)] as number;
    if ((word & (1 << (bit & 31))) === 0) return false;
  }
  return true;
}
