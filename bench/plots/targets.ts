/**
 * What claimd is to reach, as lines in its pictures: a floor that must hold, and a goal to aim for.
 * What they are held against is said in ARCHITECTURE.md.
 */

export interface Target {
  readonly floor: number;
  readonly goal: number;
}

/** With 10 million keys of 36 bytes without results. */
export const CAPACITY_TARGETS = {
  anonymousBytes: { floor: 300e6, goal: 150e6 },
  diskBytesPerKey: { floor: 160, goal: 120 },
  readySeconds: { floor: 5, goal: 2 },
  /** Claims/s while generations are dropped, by those before. */
  ratioWhileDropping: { floor: 0.8, goal: 0.9 },
} as const satisfies Readonly<Record<string, Target>>;
