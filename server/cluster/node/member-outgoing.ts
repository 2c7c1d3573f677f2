/**
 * What a member has to say to others: gathered, so that what is said in one moment to one store is
 * one frame.
 */
import type { Effect } from "../core/effects.ts";
import type { LogRecord } from "../log-record.ts";
import type { PeerMessage } from "../peers/peer-message.ts";
import type { EntryWindow } from "./entry-window.ts";

export interface MemberOutgoingParts {
  /** Leaves with the next `flush`, or is lost. */
  readonly send: (store: string, partition: number, message: PeerMessage) => void;
  readonly flush: () => void;
}

export class MemberOutgoing {
  readonly #parts: MemberOutgoingParts;
  readonly #window: EntryWindow;
  #flushing = false;

  constructor(parts: MemberOutgoingParts, window: EntryWindow) {
    this.#parts = parts;
    this.#window = window;
  }

  send(store: string, partition: number, message: PeerMessage): void {
    this.#parts.send(store, partition, message);
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      this.#parts.flush();
    });
  }

  /** Nothing where the window does not have them any more: the protocol asks again. */
  sendEntries(
    partition: number,
    effect: Extract<Effect<LogRecord, unknown>, { type: "sendEntries" }>,
  ): void {
    const { to, epoch, join, round, previous, lastIndex, commit } = effect;
    const entries = this.#window.slice(partition, previous.index + 1, lastIndex);
    if (entries === undefined) return;
    this.send(to, partition, { type: "append", epoch, join, round, previous, entries, commit });
  }
}
