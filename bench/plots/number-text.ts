/** Numbers as they read at a tick or a mark: with thousands separators and their unit. */

/** As short as it is exact to six figures, the same on every machine whatever its language. */
export function numberText(value: number): string {
  return value.toLocaleString("en-US", { maximumSignificantDigits: 6 });
}

export const withUnit =
  (unit: string) =>
  (value: number): string =>
    value === 0 ? "0" : `${numberText(value)}${unit}`;

export const perSecond = withUnit("/s");
export const milliseconds = withUnit(" ms");
export const times = withUnit(" ×");
export const mebibytes = withUnit(" MiB");
export const bytes = withUnit(" B");
export const seconds = withUnit(" s");

/** 5,000,000 as 5 M: where numbers of keys stand side by side. */
export function millions(value: number): string {
  if (value >= 1_000_000) return `${numberText(value / 1_000_000)} M`;
  return value >= 10_000 ? `${numberText(value / 1000)} k` : numberText(value);
}

/** A time since the beginning: 0, 45 s, 5 min, 2 h. */
export function timeText(value: number): string {
  if (value === 0) return "0";
  if (value % 3600 === 0) return `${numberText(value / 3600)} h`;
  return value % 60 === 0 ? `${numberText(value / 60)} min` : `${numberText(value)} s`;
}

export function percentileText(value: number): string {
  return value === 100 ? "max" : `${numberText(value)} %`;
}
