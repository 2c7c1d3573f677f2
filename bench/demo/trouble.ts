/**
 * What goes wrong in the demo, and when. Consumers die at the two worst moments, which the gateway
 * knows best: asked and not yet charged, charged and not yet answered.
 */
import type { Interference } from "./gateway.ts";
import type { Order, Random } from "./order.ts";

export type Strike = "before the effect" | "between the effect and complete";

/** One every so often, in turns. */
const EVERY_MS = 900;
/** The gateway turns away one charge in so many. */
const REFUSES_ONE_IN = 25;

export class Trouble implements Interference {
  readonly #random: Random;
  readonly #strike: (consumer: number, order: Order, strike: Strike) => void;
  #armed: Strike | undefined;
  #next: Strike = "between the effect and complete";
  #nextAtMs = EVERY_MS;
  readonly strikes: Record<Strike, number> = {
    "before the effect": 0,
    "between the effect and complete": 0,
  };

  constructor(random: Random, strike: (consumer: number, order: Order, strike: Strike) => void) {
    this.#random = random;
    this.#strike = strike;
  }

  /** To be told the time often; from `endAtMs` on nobody is killed, so that the demo ends. */
  tick(nowMs: number, endAtMs: number): void {
    if (nowMs < this.#nextAtMs || nowMs >= endAtMs || this.#armed !== undefined) return;
    this.#nextAtMs = nowMs + EVERY_MS;
    this.#armed = this.#next;
    this.#next =
      this.#next === "before the effect" ? "between the effect and complete" : "before the effect";
  }

  beforeEffect(consumer: number, order: Order): "go on" | "stop" | "refuse" {
    if (this.#hits("before the effect", consumer, order)) return "stop";
    return this.#random(REFUSES_ONE_IN) === 0 ? "refuse" : "go on";
  }

  afterEffect(consumer: number, order: Order): "go on" | "stop" {
    return this.#hits("between the effect and complete", consumer, order) ? "stop" : "go on";
  }

  #hits(strike: Strike, consumer: number, order: Order): boolean {
    if (this.#armed !== strike) return false;
    this.#armed = undefined;
    this.strikes[strike]++;
    this.#strike(consumer, order, strike);
    return true;
  }
}
