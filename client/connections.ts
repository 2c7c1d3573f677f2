/**
 * The connections to the nodes: made when first needed, closed when a node is no longer needed and
 * nothing of its is under way.
 *
 * A connection's name is its address, or several with a space between where any of them will do.
 */
import type { Connection } from "./connection.ts";
import { ClaimdError } from "./errors.ts";

export class Connections {
  readonly #make: (addresses: readonly string[]) => Connection;
  readonly #byName = new Map<string, Connection>();
  readonly #leaving = new Set<Connection>();
  readonly #closes = new Set<Promise<void>>();
  #closing: ClaimdError | undefined;
  #closed = false;

  constructor(make: (addresses: readonly string[]) => Connection) {
    this.#make = make;
  }

  get all(): readonly Connection[] {
    return [...this.#byName.values()];
  }

  /** Those with a Session. */
  get open(): readonly Connection[] {
    return this.all.filter((each) => each.isOpen);
  }

  at(name: string): Connection {
    let connection = this.#byName.get(name);
    if (connection === undefined) {
      connection = this.#make(name.split(" "));
      if (this.#closing !== undefined) connection.giveUpWaiting(this.#closing);
      this.#byName.set(name, connection);
    }
    return connection;
  }

  /** Of one that is gone: what it has not answered is asked elsewhere. */
  drop(name: string, error: ClaimdError): void {
    this.#byName.get(name)?.drop(error);
  }

  /** Closes what is not needed as soon as it is idle, unless it is needed again by then. */
  retire(isNeeded: (name: string) => boolean, onClose: (connection: Connection) => void): void {
    for (const [name, connection] of this.#byName) {
      if (isNeeded(name) || this.#leaving.has(connection)) continue;
      this.#leaving.add(connection);
      void connection.idle().then(() => {
        this.#leaving.delete(connection);
        if (this.#closed || isNeeded(name)) return;
        if (!connection.isIdle) {
          this.retire(isNeeded, onClose);
          return;
        }
        this.#byName.delete(name);
        onClose(connection);
        const gone = new ClaimdError("UNAVAILABLE", "the node has left the cluster");
        const closing = connection.close(gone).finally(() => this.#closes.delete(closing));
        this.#closes.add(closing);
      });
    }
  }

  /** Ends with `error` what waits for others, now and from now on. */
  giveUpWaiting(error: ClaimdError): void {
    this.#closing = error;
    for (const each of this.all) each.giveUpWaiting(error);
  }

  /** Resolves when nothing is queued, in flight or to be tried again, wherever it went. */
  async idle(): Promise<void> {
    for (;;) {
      const busy = this.all.filter((each) => !each.isIdle);
      if (busy.length === 0) return;
      await Promise.all(busy.map((each) => each.idle()));
    }
  }

  /** Ends with `error` what is left. */
  async close(error: ClaimdError): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.all.map((each) => each.close(error)), ...this.#closes]);
  }
}
