/** The payment orders of the demo: what is delivered, and what the ledger is checked against. */

export interface Order {
  readonly id: string;
  readonly amountCents: number;
}

/** A whole number from 0 to below the bound. */
export type Random = (bound: number) => number;

export function makeOrders(count: number, random: Random): readonly Order[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `order-${String(index + 1).padStart(4, "0")}`,
    amountCents: 100 + random(99_900),
  }));
}
