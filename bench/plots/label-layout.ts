/**
 * Where texts go so that none lies on another: spread out where they may move, left out where they
 * may not.
 */

/**
 * Places for labels that want to stand at `wanted`, at least `gap` apart and within `low` to
 * `high`, moved as little as possible (the sum of squares; pool adjacent violators). Where even
 * that is too narrow they stand evenly, from `low` on.
 */
export function spreadOut(
  wanted: readonly number[],
  gap: number,
  low: number,
  high: number,
): readonly number[] {
  const order = wanted.map((_, index) => index).sort((a, b) => value(wanted, a) - value(wanted, b));
  // Without the gaps the question is: the nearest places that never go backwards.
  const pools: { sum: number; count: number }[] = [];
  order.forEach((index, rank) => {
    let pool = { sum: value(wanted, index) - rank * gap, count: 1 };
    for (;;) {
      const before = pools.at(-1);
      if (before === undefined || before.sum / before.count <= pool.sum / pool.count) break;
      pool = { sum: pool.sum + before.sum, count: pool.count + before.count };
      pools.pop();
    }
    pools.push(pool);
  });
  const last = Math.max(low, high - (wanted.length - 1) * gap);
  const places = Array.from(wanted, () => 0);
  const bases = pools.flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count));
  order.forEach((index, rank) => {
    places[index] = Math.min(Math.max(value(bases, rank), low), last) + rank * gap;
  });
  return places;
}

export interface Extent {
  readonly from: number;
  readonly to: number;
}

/**
 * Which of these texts, in a row, can stand without touching: always the first and the last, and
 * between them whichever has room.
 */
export function withRoom<T extends Extent>(texts: readonly T[], gap: number): readonly T[] {
  const last = texts.at(-1);
  if (last === undefined) return [];
  const kept: T[] = [];
  for (const each of texts.slice(0, -1)) {
    const before = kept.at(-1);
    const free = before === undefined || each.from >= before.to + gap;
    if (free && each.to + gap <= last.from) kept.push(each);
  }
  return [...kept, last];
}

function value(values: readonly number[], index: number): number {
  return values[index] ?? 0;
}
