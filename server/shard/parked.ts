/**
 * Claims that wait for a running key (`wait_ms`), at most until their deadline.
 *
 * A parked claim stays in its place while it is looked at again, that is while it goes through a
 * turn. When a key changes only its oldest claim is looked at: if that one is granted, or the key
 * still runs, the rest stay; any other answer holds for the rest too, and they are all looked at.
 * So ten thousand parked claims cost one decision when a lease lapses, and leave in their order.
 *
 *   comes (submitted) → turn → stays (parked) → look → turn → stays | leaves (answered)
 */

import { LIMITS } from "../limits.ts";
import type { Asker } from "./submission.ts";
import type { Waiting } from "./waiting.ts";

/** Deadlines of one key within this time fire together. */
const TIMER_STEP_MS = 5;

interface KeyQueue {
  /** In the order in which they came. */
  readonly waiting: Set<Waiting>;
  /** When the lease of the running claim is over, as last heard. */
  lapsesAtMs: number;
  timer: NodeJS.Timeout | undefined;
  firesAtMs: number;
}

export class ParkedClaims {
  readonly #keys = new Map<string, KeyQueue>();
  readonly #byAsker = new Map<Asker, Map<number, Waiting>>();
  readonly #byNamespace = new Map<number, number>();
  readonly #nowMs: () => number;
  readonly #look: (waiting: Waiting) => void;
  #count = 0;

  /** `look` puts a claim into the queue of the turn once more. */
  constructor(nowMs: () => number, look: (waiting: Waiting) => void) {
    this.#nowMs = nowMs;
    this.#look = look;
  }

  get count(): number {
    return this.#count;
  }

  get full(): boolean {
    return this.#count >= LIMITS.parkedClaims.max;
  }

  countOf(namespaceId: number): number {
    return this.#byNamespace.get(namespaceId) ?? 0;
  }

  has(waiting: Waiting): boolean {
    return this.#keys.get(waiting.id)?.waiting.has(waiting) === true;
  }

  /** A claim that may be parked is on its way to its first turn. */
  comes(waiting: Waiting): void {
    const { asker, index } = waiting.submission;
    const indexes = this.#byAsker.get(asker);
    if (indexes === undefined) this.#byAsker.set(asker, new Map([[index, waiting]]));
    else indexes.set(index, waiting);
  }

  /** The key still runs, until `lapsesAtMs` as far as is known. */
  stays(waiting: Waiting, lapsesAtMs: number): void {
    waiting.looking = false;
    let queue = this.#keys.get(waiting.id);
    if (queue === undefined) {
      queue = { waiting: new Set(), lapsesAtMs, timer: undefined, firesAtMs: Infinity };
      this.#keys.set(waiting.id, queue);
    }
    if (!queue.waiting.has(waiting)) this.#add(queue, waiting);
    queue.lapsesAtMs = lapsesAtMs;
    this.#arm(queue, Math.min(lapsesAtMs, waiting.deadlineMs));
  }

  /** The claim is answered. `forAll`: so are the others of its key, they are looked at too. */
  leaves(waiting: Waiting, forAll: boolean): void {
    this.#forget(waiting);
    const queue = this.#keys.get(waiting.id);
    if (queue?.waiting.has(waiting) !== true) return;
    this.#remove(queue, waiting);
    if (forAll) for (const each of queue.waiting) this.#lookAt(each);
  }

  /** The key has a new owner, or its lease moved. */
  runsUntil(id: string, lapsesAtMs: number): void {
    const queue = this.#keys.get(id);
    if (queue === undefined) return;
    queue.lapsesAtMs = lapsesAtMs;
    this.#arm(queue, lapsesAtMs);
  }

  /** The key no longer runs: looks at its oldest claim. */
  changed(id: string): void {
    const oldest = this.#keys.get(id)?.waiting.values().next().value;
    if (oldest !== undefined) this.#lookAt(oldest);
  }

  /** Takes all claims of a key out: the caller answers them by what happened to it. */
  takeAll(id: string): readonly Waiting[] {
    const queue = this.#keys.get(id);
    if (queue === undefined) return [];
    const taken = [...queue.waiting];
    for (const each of taken) {
      this.#forget(each);
      this.#remove(queue, each);
      each.answered = true;
    }
    return taken;
  }

  /** Looks at every claim of a namespace (paused, deleted), or of the node (stopping). */
  lookAtAll(namespaceId?: number): void {
    for (const { waiting } of this.#keys.values()) {
      for (const each of waiting) {
        if (namespaceId === undefined || each.namespaceId === namespaceId) this.#lookAt(each);
      }
    }
  }

  /**
   * The caller gave up. Gives the claim that was parked and has left; one on its way to its first
   * turn will not be parked.
   */
  cancel(asker: Asker, index: number): Waiting | undefined {
    const waiting = this.#byAsker.get(asker)?.get(index);
    if (waiting === undefined) return undefined;
    const queue = this.#keys.get(waiting.id);
    if (queue?.waiting.has(waiting) !== true) {
      waiting.gaveUp = true;
      return undefined;
    }
    this.#forget(waiting);
    this.#remove(queue, waiting);
    waiting.answered = true;
    if (waiting.looking) this.changed(waiting.id); // Whoever is next sees what this one was to see.
    return waiting;
  }

  #lookAt(waiting: Waiting): void {
    if (waiting.looking) return;
    waiting.looking = true;
    this.#look(waiting);
  }

  #add(queue: KeyQueue, waiting: Waiting): void {
    queue.waiting.add(waiting);
    this.#count += 1;
    this.#byNamespace.set(waiting.namespaceId, this.countOf(waiting.namespaceId) + 1);
  }

  #forget({ submission: { asker, index } }: Waiting): void {
    const indexes = this.#byAsker.get(asker);
    indexes?.delete(index);
    if (indexes?.size === 0) this.#byAsker.delete(asker);
  }

  #remove(queue: KeyQueue, waiting: Waiting): void {
    queue.waiting.delete(waiting);
    this.#count -= 1;
    const inNamespace = this.countOf(waiting.namespaceId) - 1;
    if (inNamespace > 0) this.#byNamespace.set(waiting.namespaceId, inNamespace);
    else this.#byNamespace.delete(waiting.namespaceId);
    if (queue.waiting.size > 0) return;
    clearTimeout(queue.timer);
    this.#keys.delete(waiting.id);
  }

  #arm(queue: KeyQueue, atMs: number): void {
    if (atMs >= queue.firesAtMs) return;
    clearTimeout(queue.timer);
    queue.firesAtMs = atMs;
    const delayMs = Math.max(TIMER_STEP_MS, atMs - this.#nowMs());
    queue.timer = setTimeout(() => {
      this.#fire(queue);
    }, delayMs);
    queue.timer.unref();
  }

  #fire(queue: KeyQueue): void {
    queue.firesAtMs = Infinity;
    const nowMs = this.#nowMs();
    if (queue.lapsesAtMs <= nowMs) {
      const oldest = queue.waiting.values().next().value;
      if (oldest !== undefined) this.#lookAt(oldest);
      queue.lapsesAtMs = Infinity; // Known again when that look is decided.
    }
    let nextMs = queue.lapsesAtMs;
    for (const each of queue.waiting) {
      if (each.deadlineMs <= nowMs) this.#lookAt(each);
      else nextMs = Math.min(nextMs, each.deadlineMs);
    }
    if (nextMs !== Infinity) this.#arm(queue, nextMs);
  }
}
