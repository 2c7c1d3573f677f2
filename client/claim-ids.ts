/**
 * Claim ids: 16 random bytes each, cut from a pool that is never cut twice, so that an id costs no
 * call into the operating system.
 *
 * An id is kept as text of 16 characters, one for each byte (latin1): cutting text is much cheaper
 * than cutting a buffer, and so is joining what a frame holds.
 *
 * Must stay true: no two cuts overlap. A claim id is a secret: it is the right to settle.
 */
import type { Environment } from "./environment.ts";
import { LIMITS } from "./limits.ts";

const IDS_PER_POOL = 1024;
const POOL_BYTES = LIMITS.claimIdBytes * IDS_PER_POOL;

export class ClaimIds {
  readonly #environment: Environment;
  #pool = "";
  #used = 0;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  next(): string {
    if (this.#used === this.#pool.length) {
      this.#pool = this.#environment.randomBytes(POOL_BYTES).toString("latin1");
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += LIMITS.claimIdBytes;
    return this.#pool.slice(start, this.#used);
  }

  /** A number from 0 up to 1, for jitter. */
  fraction(): number {
    return this.#environment.randomBytes(4).readUInt32LE() / 2 ** 32;
  }
}

/** As they are sent, one behind the other. */
export function joinedClaimIds(claimIds: readonly string[]): Buffer {
  return Buffer.from(claimIds.join(""), "latin1");
}
