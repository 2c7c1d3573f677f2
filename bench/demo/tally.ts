/** What became of the deliveries, counted from what the consumers report. */
import type { FromConsumer } from "./messages.ts";

export class Tally {
  /** Granted for the first time. */
  granted = 0;
  /** Granted anew because the lease of a dead consumer was over. */
  takenOver = 0;
  /** Granted anew after an attempt that had failed before the effect. */
  retried = 0;
  /** Duplicates that got the result of the first. */
  replayed = 0;
  /** Duplicates sent back to the queue because another one was at work. */
  sentBack = 0;
  /** Effects whose handler failed; they are tried again. */
  failed = 0;
  /** Neither done nor failed as far as the consumer knows; the key knows. */
  unknown = 0;
  /** Commands that clients had to send more than once. */
  sentAgain = 0;

  take(message: FromConsumer): void {
    switch (message.type) {
      case "ready":
        return;
      case "granted":
        if (message.reclaimed) this.takenOver++;
        else if (message.attempt > 1) this.retried++;
        else this.granted++;
        return;
      case "done":
        if (message.replayed) this.replayed++;
        return;
      case "later":
        if (message.why === "in progress") this.sentBack++;
        else if (message.why === "failed") this.failed++;
        else this.unknown++;
        return;
      case "sent again":
        this.sentAgain += message.commands;
    }
  }
}
