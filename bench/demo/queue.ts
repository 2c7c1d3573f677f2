/**
 * A queue as brokers are: every message comes at least once, here two to five times, in no strict
 * order, and again when its consumer died or gave it back. Knows nothing of keys or claims.
 *
 * Must stay true: a delivery is waiting, or in the hands of one consumer, or acknowledged.
 */
import type { Order, Random } from "./order.ts";

export interface Delivery {
  readonly id: number;
  readonly order: Order;
}

const FEWEST_COPIES = 2;
const MOST_COPIES = 5;
/** How far copies of a message may lie apart, in messages. */
const SPREAD = 40;

export class Queue {
  readonly #waiting: Delivery[];
  readonly #inHand = new Map<number, { readonly delivery: Delivery; readonly consumer: number }>();
  /** Copies of all orders. */
  readonly copies: number;
  acknowledged = 0;
  /** Handed out, again ones included. */
  delivered = 0;
  /** Came back because their consumer died. */
  orphaned = 0;

  constructor(orders: readonly Order[], random: Random) {
    this.#waiting = orders
      .flatMap((order, index) =>
        Array.from({ length: FEWEST_COPIES + random(MOST_COPIES - FEWEST_COPIES + 1) }, () => ({
          order,
          // Half of the copies come together: that is what a retry of a producer looks like.
          place: index + (random(2) === 0 ? 0 : random(SPREAD)),
        })),
      )
      .sort((a, b) => a.place - b.place)
      .map(({ order }, id) => ({ id, order }));
    this.copies = this.#waiting.length;
  }

  get isDone(): boolean {
    return this.acknowledged === this.copies;
  }

  deliverTo(consumer: number): Delivery | undefined {
    const delivery = this.#waiting.shift();
    if (delivery === undefined) return undefined;
    this.#inHand.set(delivery.id, { delivery, consumer });
    this.delivered++;
    return delivery;
  }

  inHandOf(consumer: number): number {
    return [...this.#inHand.values()].filter((each) => each.consumer === consumer).length;
  }

  acknowledge(id: number): void {
    if (this.#inHand.delete(id)) this.acknowledged++;
  }

  giveBack(id: number): void {
    const held = this.#inHand.get(id);
    if (held === undefined) return;
    this.#inHand.delete(id);
    this.#waiting.push(held.delivery);
  }

  consumerDied(consumer: number): void {
    for (const [id, held] of this.#inHand) {
      if (held.consumer !== consumer) continue;
      this.#inHand.delete(id);
      this.#waiting.unshift(held.delivery);
      this.orphaned++;
    }
  }
}
