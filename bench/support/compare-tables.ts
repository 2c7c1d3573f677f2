/** The tables of a comparison. */
import { PEERS, STORE_TEXTS, type StoreName } from "../peers/peer-names.ts";
import type { CompareReport } from "./compare-report.ts";
import { type Compared, compare, type Ratio } from "./comparison.ts";
import { standings } from "./goals.ts";
import { fixed, grouped, table } from "./table.ts";

export function compareTables({ services, turns }: CompareReport): readonly string[] {
  const compared = compare(turns);
  const stores = new Set<StoreName>(turns.map(({ store }) => store));
  const measured = new Set(turns.map(({ turn }) => turn)).size;
  return [
    `Unique keys on every store, in ${measured} turns; ratios are medians of the turns' own.`,
    table(
      ["store", "keys before", "durability", "settings", "version", "client"],
      services.map((each) => [
        each.title,
        grouped(each.keysBefore),
        each.durability,
        each.settings,
        each.version,
        each.client,
      ]),
    ),
    [...stores].map((store) => `- \`${store}\`: ${STORE_TEXTS[store]}`).join("\n"),
    goalTable(compared),
    table(
      ["peer", "callers", "claimd claims/s", "peer claims/s", "store", "ratio", "of the turns"],
      compared.map((each) => [
        PEERS[each.peer].title,
        grouped(each.callers),
        grouped(each.claimd.claimsPerSecond),
        grouped(each.rival.claimsPerSecond),
        each.rival.store,
        times(each.rate.median),
        spread(each.rate),
      ]),
    ),
    table(
      ["peer", "callers", ...costHeader("claimd"), ...costHeader("peer")],
      compared.map((each) => [
        PEERS[each.peer].title,
        grouped(each.callers),
        ...[each.claimd, each.rival].flatMap((middle) => [
          fixed(middle.p50Ms, 3),
          fixed(middle.p99Ms, 3),
          micros(middle.serverCpuMicros),
          micros(middle.clientCpuMicros),
        ]),
      ]),
    ),
  ];
}

function goalTable(compared: readonly Compared[]): string {
  return table(
    ["peer", "callers", "ratio of", "floor", "goal", "measured", "of the turns", "reached"],
    standings(compared).map(({ goal, measured, reached }) => {
      const bound = goal.what === "p50" ? "≤" : "≥";
      return [
        PEERS[goal.peer].title,
        grouped(goal.callers),
        goal.what,
        `${bound} ${goal.floor} ×`,
        `${bound} ${goal.goal} ×`,
        measured === undefined ? "–" : times(measured.median),
        measured === undefined ? "–" : spread(measured),
        reached ?? "not measured",
      ];
    }),
  );
}

function costHeader(whose: string): readonly string[] {
  return [`${whose} p50 ms`, "p99 ms", "server µs", "client µs"];
}

function times(ratio: number): string {
  return `${fixed(ratio, 2)} ×`;
}

function spread({ lowest, highest }: Ratio): string {
  return `${fixed(lowest, 2)} to ${fixed(highest, 2)}`;
}

function micros(number: number): string {
  return Number.isNaN(number) ? "–" : fixed(number, 1);
}
