/**
 * Random numbers from a seed: a load that was once seen can be made again.
 *
 * Marsaglia's xorshift of 32 bits ("Xorshift RNGs", 2003): enough to choose keys, for nothing else.
 */

/** From 0 to below 1. Never repeats itself within 2^32 - 1 numbers. */
export function seededRandom(seed: number): () => number {
  // Zero would stay zero.
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
