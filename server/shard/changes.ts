/**
 * Changes of namespaces on their way into a turn: staged between two turns, durable with the next
 * one, told when it is. So is what is wrong with one: it may rest on a change staged before it.
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
   * nothing, and the error comes back at the same moment.
   */
  add<T>(stage: (frame: FrameBuilder, nowMs: number) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let done: () => void;
      const change: Change = {
        stage: (frame, nowMs) => {
          try {
            const staged = stage(frame, nowMs);
            done = () => {
              resolve(staged);
            };
          } catch (error) {
            done = () => {
              change.failed(error);
            };
          }
        },
        done: () => {
          done();
        },
        failed: reject,
      };
      this.#pending.push(change);
    });
  }

  /** Stages all that wait. */
  stage(frame: FrameBuilder, nowMs: number): readonly Change[] {
    const pending = this.#pending;
    this.#pending = [];
    for (const change of pending) change.stage(frame, nowMs);
    return pending;
  }

  failAll(error: unknown): void {
    for (const change of this.#pending) change.failed(error);
    this.#pending = [];
  }
}
