/**
 * Claim ids: 16 random bytes each, cut from a pool that is never written twice, so that an id costs
 * no call into the operating system.
 *
 * Must stay true: no two cuts overlap. A claim id is a secret: it is the right to settle.
 */
import type { Environment } from "./environment.ts";
import { LIMITS } from "./limits.ts";

const IDS_PER_POOL = 1024;
const POOL_BYTES = LIMITS.claimIdBytes * IDS_PER_POOL;

export class ClaimIds {
  readonly #environment: Environment;
  #pool: Buffer = Buffer.alloc(0);
  #usedBytes = 0;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  next(): Uint8Array {
    if (this.#usedBytes === this.#pool.length) {
      this.#pool = this.#environment.randomBytes(POOL_BYTES);
      this.#usedBytes = 0;
    }
    const start = this.#usedBytes;
    this.#usedBytes += LIMITS.claimIdBytes;
    return this.#pool.subarray(start, this.#usedBytes);
  }

  /** A number from 0 up to 1, for jitter. */
  fraction(): number {
    return this.#environment.randomBytes(4).readUInt32LE() / 2 ** 32;
  }
}
