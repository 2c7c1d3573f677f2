/** Calls on their way from one node to others. */
import type { Call } from "./call.ts";
import type { Connection } from "./connection.ts";

/** Calls by the connection they go to: each takes its own in one step. */
export class Moves {
  readonly #calls = new Map<Connection, Call[]>();

  /** Who leads only now will serve soon: pauses are short again. */
  add(to: Connection, call: Call): void {
    call.pauses = 0;
    const calls = this.#calls.get(to);
    if (calls === undefined) this.#calls.set(to, [call]);
    else calls.push(call);
  }

  make(): void {
    for (const [to, calls] of this.#calls) to.takeOver(calls);
  }
}
