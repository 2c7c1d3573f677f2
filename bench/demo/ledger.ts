/**
 * The ledger: one line for each charge, durable before it counts. It refuses nothing, so that it
 * shows what really happened; whether that is right is checked against the orders at the end.
 */
import { type FileHandle, open } from "node:fs/promises";
import type { Order } from "./order.ts";

export interface LedgerLine extends Order {
  readonly idempotencyKey: string;
}

export class Ledger {
  readonly #file: FileHandle;
  lines = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(path: string): Promise<Ledger> {
    return new Ledger(await open(path, "ax"));
  }

  async append({ id, amountCents, idempotencyKey }: LedgerLine): Promise<void> {
    await this.#file.appendFile(`${id} ${amountCents} ${idempotencyKey}\n`);
    await this.#file.datasync();
    this.lines++;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Everything in which the ledger's text differs from each order charged once with its amount. */
export function ledgerProblems(text: string, orders: readonly Order[]): string[] {
  const amounts = new Map(orders.map(({ id, amountCents }) => [id, amountCents]));
  const charged = new Map<string, number>();
  const problems: string[] = [];
  for (const line of text.split("\n").filter((each) => each !== "")) {
    const [id = "", amount] = line.split(" ");
    charged.set(id, (charged.get(id) ?? 0) + 1);
    if (!amounts.has(id)) problems.push(`${id} was charged and never ordered`);
    else if (Number(amount) !== amounts.get(id)) {
      problems.push(`${id} was charged ${amount ?? "nothing"} instead of ${amounts.get(id) ?? 0}`);
    }
  }
  for (const { id } of orders) {
    const times = charged.get(id) ?? 0;
    if (times !== 1) problems.push(`${id} was charged ${times} times`);
  }
  return problems;
}
