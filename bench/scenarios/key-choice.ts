/**
 * Which key comes next. Keys are numbers here, below 2^32; a number names the same key throughout
 * one load and no other load's.
 *
 * Never looks at what was answered: the choice is the same whatever the store.
 */

export interface KeyChoice {
  next(): number;
  /** No key below it comes again. */
  readonly oldest: number;
}

/** Ascending from 0: every key once. With a step, that many keys belong to each choice. */
export function everyKeyOnce(step = 1): KeyChoice {
  let key = -step;
  return {
    next: () => (key += step),
    get oldest() {
      return Math.max(0, key);
    },
  };
}

export function oneKey(): KeyChoice {
  return { next: () => 0, oldest: 0 };
}

/** Those of another choice that fit. */
export function suchKeys(choice: KeyChoice, fits: (key: number) => boolean): KeyChoice {
  return {
    next: () => {
      for (;;) {
        const key = choice.next();
        if (fits(key)) return key;
      }
    },
    get oldest() {
      return choice.oldest;
    },
  };
}

/** Every key so many times in a row, so that as many callers ask for it at about the same time. */
export function everyKeyInARow(times: number): KeyChoice {
  let claims = 0;
  return {
    next: () => Math.floor(claims++ / times),
    get oldest() {
      return Math.floor(claims / times);
    },
  };
}

/** Of them one is repeated. */
const KNOWN_KEYS = 10_000;

/** One of so many claims is of a new key; the others repeat one of the last keys, by chance. */
export function mostlyKnown(oneOf: number, random: () => number): KeyChoice {
  let keys = 0;
  return {
    next: () => {
      if (keys === 0 || random() * oneOf < 1) return keys++;
      return keys - 1 - Math.floor(random() * Math.min(keys, KNOWN_KEYS));
    },
    get oldest() {
      return Math.max(0, keys - KNOWN_KEYS);
    },
  };
}

/** So many claims later comes every other repetition: long answered, long applied. */
const LATER_CLAIMS = 10_000;

/**
 * Two of so many claims repeat a key: one the key just before it, the other one of 10,000 claims
 * ago. At the beginning, when there is none so old, both repeat the key just before.
 */
export function someKeysTwice(twoOf: number): KeyChoice {
  const keysPerRound = twoOf - 2;
  const roundsBack = Math.ceil(LATER_CLAIMS / twoOf);
  let keys = 0;
  let place = 0;
  let round = 0;
  return {
    next: () => {
      const at = place++;
      if (at === 1) return keys - 1;
      if (at < twoOf - 1) return keys++;
      place = 0;
      const since = round++ - roundsBack;
      // The last key of that round: not the one that was repeated at once.
      return since < 0 ? keys - 1 : (since + 1) * keysPerRound - 1;
    },
    get oldest() {
      return Math.max(0, (round - roundsBack) * keysPerRound);
    },
  };
}
