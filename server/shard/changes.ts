/**
 * Changes of namespaces on their way into a turn: staged between two turns, durable with the next
 * one, told when it is.
 */

import type { FrameBuilder } from "../storage/journal-frame.ts";

export interface Change {
  readonly stage: (frame: FrameBuilder, nowMs: number) => void;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

export class PendingChanges {
  #pending: Change[] = [];

  get length(): number {
    return this.#pending.length;
  }

  /**
   * Resolves with what `stage` gave when that is durable. When `stage` throws, it has changed
   * nothing, and the error comes back.
   */
  add<T>(stage: (frame: FrameBuilder, nowMs: number) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let staged: T;
      this.#pending.push({
        stage: (frame, nowMs) => {
          staged = stage(frame, nowMs);
        },
        done: () => {
          resolve(staged);
        },
        failed: reject,
      });
    });
  }

  /** Stages all that wait; gives those that did not fail. */
  stage(frame: FrameBuilder, nowMs: number): readonly Change[] {
    const pending = this.#pending;
    this.#pending = [];
    return pending.filter((change) => {
      try {
        change.stage(frame, nowMs);
        return true;
      } catch (error) {
        change.failed(error);
        return false;
      }
    });
  }

  failAll(error: unknown): void {
    for (const change of this.#pending) change.failed(error);
    this.#pending = [];
  }
}
