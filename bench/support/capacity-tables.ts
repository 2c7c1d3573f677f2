/** `bench capacity` as text: the curve over the number of keys, the starts, the drop. */
import type { CapacityReport, CapacityStep, DroppingResult } from "./capacity-report.ts";
import { fixed, grouped, table } from "./table.ts";

const MIB = 2 ** 20;

export function capacityTables(report: CapacityReport): readonly string[] {
  const { steps, dropping, keyBytes } = report;
  return [
    `One store that grows: at each number of keys of ${keyBytes} bytes, stored before the rates ` +
      "were measured.\nBytes are those of the records as they are; the journal is of bounded size.",
    ...growth(steps),
    ...(dropping === undefined ? [] : [droppingText(dropping)]),
  ];
}

function growth(steps: readonly CapacityStep[]): readonly string[] {
  const callers = [
    ...new Set(steps.flatMap((step) => step.measurements.map((each) => each.callers))),
  ];
  const rates = steps.map((step) => [
    grouped(step.keys),
    ...callers.flatMap((each) => {
      const found = step.measurements.find((measured) => measured.callers === each);
      return [optional(found?.claimsPerSecond), fixed(found?.latency.p99Ms, 2)];
    }),
    optional(step.filled?.claimsPerSecond),
  ]);
  const sizes = steps.map((step) => [
    grouped(step.keys),
    mib(step.anonymousBytes.peak),
    mib(step.anonymousBytes.atRest),
    step.keys === 0 ? "–" : `${fixed(step.diskBytes.records / step.keys, 0)} B`,
    mib(step.diskBytes.journal),
  ]);
  const starts = steps.flatMap(({ restart }) =>
    restart === undefined
      ? []
      : [
          [
            grouped(restart.keys),
            `${fixed(restart.readySeconds, 2)} s`,
            `${fixed(restart.firstClaimSeconds, 2)} s`,
            `${fixed(restart.rebuiltSeconds, 1)} s`,
            optional(restart.whileRebuilding?.claimsPerSecond),
          ],
        ],
  );
  return [
    table(
      [
        "keys",
        ...callers.flatMap((each) => [`claims/s at ${grouped(each)}`, "p99 ms"]),
        "while filling",
      ],
      rates,
    ),
    table(["keys", "memory, filling", "memory, at rest", "disk per key", "journal in all"], sizes),
    ...(starts.length === 0
      ? []
      : [
          "Killed (SIGKILL) while claims were being made and started again on the same folder, " +
            "which the system\nstill has in memory; what was granted before stayed so:",
          table(
            ["keys", "ready after", "first answer after", "rebuilt after", "claims/s until then"],
            starts,
          ),
        ]),
  ];
}

function droppingText(dropping: DroppingResult): string {
  const { keys, keysBeside, callers, before, whileDropping, after, ratio, dropped, windowMs } =
    dropping;
  const row = (name: string, rate: DroppingResult["before"]): readonly string[] => [
    name,
    grouped(rate.claimsPerSecond),
    `${fixed(rate.seconds, 1)} s`,
  ];
  return [
    `${grouped(keys)} keys with a window of ${fixed(windowMs / 1000, 0)} s were dropped beside ` +
      `${grouped(keysBeside)} others (generations dropped: ${dropped}),\n` +
      `with ${grouped(callers)} callers throughout: **${fixed(ratio * 100, 0)} %** of the rate ` +
      "before.",
    table(
      ["what", "claims/s", "measured"],
      [
        row("before", before),
        row("while dropping", whileDropping),
        ...(after === undefined ? [] : [row("after", after)]),
      ],
    ),
  ].join("\n\n");
}

function mib(bytes: number | undefined): string {
  return bytes === undefined ? "–" : `${fixed(bytes / MIB, 0)} MiB`;
}

function optional(number: number | undefined): string {
  return number === undefined ? "–" : grouped(number);
}
