/** Calls that wait to be sent, first come first served. Those that are over meanwhile drop out. */
import type { Call } from "./call.ts";

/** Taken places at the front are given back when there are this many of them. */
const COMPACT_AT = 1024;

export class CallQueue {
  #calls: Call[] = [];
  #head = 0;

  get length(): number {
    return this.#calls.length - this.#head;
  }

  push(call: Call): void {
    this.#calls.push(call);
  }

  /** What was sent before goes first again. */
  putBack(calls: readonly Call[]): void {
    this.#calls = [...calls, ...this];
    this.#head = 0;
  }

  /** The next one that is not over. */
  peek(): Call | undefined {
    for (;;) {
      const call = this.#calls[this.#head];
      if (call === undefined || !call.over) return call;
      this.shift();
    }
  }

  shift(): void {
    this.#head++;
    if (this.#head === this.#calls.length) {
      this.#calls = [];
      this.#head = 0;
    } else if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#calls.length) {
      this.#calls = this.#calls.slice(this.#head);
      this.#head = 0;
    }
  }

  *[Symbol.iterator](): Generator<Call> {
    for (let at = this.#head; at < this.#calls.length; at++) {
      const call = this.#calls[at];
      if (call !== undefined && !call.over) yield call;
    }
  }

  clear(): void {
    this.#calls = [];
    this.#head = 0;
  }
}
