/**
 * Where an axis has its ticks: at numbers one would choose oneself.
 *
 * Never fewer than two, so that every axis can be read; never so many that nobody would.
 */

/** 1, 2, 2.5 or 5 times a power of ten, at least `raw`. */
export function niceStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].find((each) => each * power >= raw * (1 - 1e-9)) ?? 10;
  return clean(step * power);
}

/** Multiples of a nice step from at or below `low` to at or above `high`. */
export function linearTicks(low: number, high: number, wanted = 5): readonly number[] {
  const span = high > low ? high - low : Math.abs(high) || 1;
  const step = niceStep(span / wanted);
  const from = Math.floor(low / step + 1e-9);
  const to = Math.max(Math.ceil(high / step - 1e-9), from + 1);
  return Array.from({ length: to - from + 1 }, (_, index) => clean((from + index) * step));
}

const SECONDS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400,
];

/** From 0 to at most `last` seconds, in steps that clocks have. */
export function timeTicks(last: number, wanted = 8): readonly number[] {
  const day = SECONDS.at(-1) ?? 1;
  const step =
    SECONDS.find((each) => last / each <= wanted) ?? Math.ceil(last / wanted / day) * day;
  const count = Math.floor(last / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

/**
 * Of a logarithmic axis: powers of ten where there are enough of them, else also their doubles and
 * fives. The first is at or below `low`, the last at or above `high`.
 */
export function logTicks(low: number, high: number): readonly number[] {
  const fine = series([1, 2, 5], low, high);
  const decades = Math.log10((fine.at(-1) ?? high) / (fine[0] ?? low));
  if (decades <= 2.4) return fine;
  // The ends stay where the fine ones are: no empty decade is drawn for the sake of a round number.
  return fine.filter(isPowerOfTen);
}

/** 2, 3, 4 … 9 times each power of ten within: what shows that an axis is logarithmic. */
export function logMinors(low: number, high: number): readonly number[] {
  return series([1, 2, 3, 4, 5, 6, 7, 8, 9], low, high).filter(
    (each) => each > low && each < high && !isPowerOfTen(each),
  );
}

/** The first of 1, 2, 5 times a power of ten at or below `low`, the last at or above `high`. */
export function logEnds(low: number, high: number): readonly [low: number, high: number] {
  const fine = series([1, 2, 5], low, high);
  return [fine[0] ?? low, fine.at(-1) ?? high];
}

function series(multiples: readonly number[], low: number, high: number): readonly number[] {
  const all: number[] = [];
  for (let power = Math.floor(Math.log10(low)) - 1; power <= Math.log10(high) + 1; power++) {
    for (const each of multiples) all.push(clean(each * 10 ** power));
  }
  const from = all.findLastIndex((each) => each <= low * (1 + 1e-9));
  const to = all.findIndex((each) => each >= high * (1 - 1e-9));
  return all.slice(from, Math.max(to, from + 1) + 1);
}

function isPowerOfTen(value: number): boolean {
  return Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9;
}

/** 0.30000000000000004 is 0.3. */
function clean(value: number): number {
  return Number(value.toPrecision(12));
}
