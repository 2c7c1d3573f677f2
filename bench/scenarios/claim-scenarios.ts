/**
 * Which key the next claim is for. A scenario is a choice of keys; everything else of a load is the
 * same for all of them. Keys are numbers here, given out in order from 0.
 */

export interface KeyChoice {
  next(): number;
  /** How many keys have been given out: 0 to this. */
  readonly keys: number;
}

export interface ClaimScenario {
  readonly title: string;
  readonly choose: () => KeyChoice;
}

/** So far behind comes every other repetition: long answered, long applied. */
const LATER = 5000;

export const CLAIM_SCENARIOS = {
  unique: {
    title: "every key once",
    choose: () => {
      let keys = 0;
      return {
        next: () => keys++,
        get keys() {
          return keys;
        },
      };
    },
  },
  duplicates: {
    title: "one claim in two repeats a key, half of them at once and half 10,000 claims later",
    choose: () => {
      let keys = 0;
      let claims = 0;
      return {
        next: () => {
          // New, the same at once, new, an old one: claims 4i to 4i + 3.
          const place = claims++ & 3;
          if (place === 0 || place === 2) return keys++;
          if (place === 1 || keys <= LATER) return keys - 1;
          // One of those that were not repeated at once: an odd number.
          return keys - 1 - LATER;
        },
        get keys() {
          return keys;
        },
      };
    },
  },
} as const satisfies Readonly<Record<string, ClaimScenario>>;

export type ClaimScenarioName = keyof typeof CLAIM_SCENARIOS;
export const CLAIM_SCENARIO_NAMES = Object.keys(CLAIM_SCENARIOS) as readonly ClaimScenarioName[];
