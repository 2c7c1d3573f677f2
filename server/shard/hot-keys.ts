/**
 * Which keys so many duplicates ask for that their answers say so: clients then ask any member of
 * the partition, and keep the answer for a while.
 *
 * A table of fixed size, a place for each hash; a key that is asked for rarely loses its place to
 * one that is not. A hint and nothing more: two keys may share a place, or even a hash.
 */
import type { Reply } from "../claim/reply.ts";

/** A power of two; 52 KiB in all. */
const PLACES = 4096;
/** Duplicates of one key in a second: far below what a node can answer, far above retries. */
const HOT_PER_SECOND = 200;
const SECOND_MS = 1000;

export class HotKeys {
  readonly #hashes = new Uint32Array(PLACES);
  /** The second that is counted, and how many it has. */
  readonly #seconds = new Uint32Array(PLACES);
  readonly #counts = new Uint32Array(PLACES);
  /** 1 = the second before was hot. */
  readonly #before = new Uint8Array(PLACES);

  /** The reply to a claim of the key with this hash, marked where the key is hot. */
  marked<R extends Reply>(reply: R, hash: number, nowMs: number): R {
    if (reply.type !== "claim" || reply.status !== "COMPLETED") return reply;
    return this.#isHot(hash >>> 0, Math.floor(nowMs / SECOND_MS) >>> 0)
      ? { ...reply, hot: true }
      : reply;
  }

  #isHot(hash: number, second: number): boolean {
    const at = hash % PLACES;
    const count = this.#counts[at] as number;
    const since = second - (this.#seconds[at] as number);
    if (this.#hashes[at] !== hash) {
      // Whoever is asked for more often has the place in the end.
      if (since === 0 && count > 0) {
        this.#counts[at] = count - 1;
        return false;
      }
      this.#begin(at, hash, second, 0);
    } else if (since !== 0) {
      this.#begin(at, hash, second, since === 1 && count >= HOT_PER_SECOND ? 1 : 0);
    }
    const counted = ((this.#counts[at] as number) += 1);
    return counted >= HOT_PER_SECOND || this.#before[at] === 1;
  }

  #begin(at: number, hash: number, second: number, before: 0 | 1): void {
    this.#hashes[at] = hash;
    this.#seconds[at] = second;
    this.#counts[at] = 0;
    this.#before[at] = before;
  }
}
