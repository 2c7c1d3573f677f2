/**
 * What the demo says: one line a second, one for each accident, and what it comes to at the
 * end.
 */
import type { Tally } from "./tally.ts";
import type { Strike } from "./trouble.ts";

export interface Numbers {
  readonly orders: number;
  readonly copies: number;
  readonly delivered: number;
  readonly orphaned: number;
  readonly tally: Tally;
  readonly asked: number;
  readonly refused: number;
  readonly seenBefore: number;
  readonly ledgerLines: number;
  readonly strikes: Readonly<Record<Strike, number>>;
  readonly serverKills: number;
}

export const HEADING = [
  "  time  delivered  granted  replayed  taken over  retried   ledger",
  "  ----  ---------  -------  --------  ----------  -------  -------",
].join("\n");

export function secondLine(second: number, numbers: Numbers): string {
  const { delivered, ledgerLines } = numbers;
  const { granted, replayed, takenOver, retried } = numbers.tally;
  return [
    `${second} s`.padStart(6),
    String(delivered).padStart(9),
    String(granted).padStart(7),
    String(replayed).padStart(8),
    String(takenOver).padStart(10),
    String(retried).padStart(7),
    String(ledgerLines).padStart(7),
  ].join("  ");
}

export function eventLine(text: string): string {
  return `        ✗ ${text}`;
}

export function summary(numbers: Numbers, seconds: number): string {
  const { strikes, tally } = numbers;
  const before = strikes["before the effect"];
  const between = strikes["between the effect and complete"];
  const rows: readonly (readonly [string, number | string, string])[] = [
    ["orders", numbers.orders, ""],
    ["deliveries", numbers.delivered, `${numbers.copies} copies, the rest come again`],
    ["  orphaned", numbers.orphaned, "their consumer was killed"],
    ["  sent back", tally.sentBack, "another consumer was at work on the order"],
    ["granted", tally.granted, "first attempt at the effect"],
    ["taken over", tally.takenOver, "the lease of a dead consumer was over"],
    ["retried", tally.retried, `after ${numbers.refused} refusals by the gateway`],
    ["replayed", tally.replayed, "duplicates: got the first one's receipt"],
    ["not known", tally.unknown, "to the consumer: came again, and the key knew"],
    ["consumers killed", before + between, `${before} before, ${between} after the effect`],
    ["server killed", numbers.serverKills, `${tally.sentAgain} commands were sent again`],
    ["charges asked for", numbers.asked, "how often the effect was attempted"],
    ["  key seen before", numbers.seenBefore, "the gateway gave the first receipt again"],
    ["lines in the ledger", numbers.ledgerLines, ""],
  ];
  const lines = rows.map(([what, value, note]) =>
    `  ${what.padEnd(20)}${String(value).padStart(6)}   ${note}`.trimEnd(),
  );
  return [`After ${seconds.toFixed(1)} s:`, "", ...lines].join("\n");
}

/** What claimd did, what the derived key did, and nothing more than that. */
export function conclusion({ orders, copies, seenBefore }: Numbers): string {
  return [
    `Without deduplication ${copies} copies would have been ${copies} charges or more.`,
    `claimd let ${seenBefore} effects be attempted that had happened: their consumers had died`,
    "between the effect and complete, and nobody could know. The derived key they passed on",
    `told the gateway. Together: ${orders} orders, each charged once.`,
  ].join("\n");
}
