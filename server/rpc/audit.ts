/**
 * The audit log: a line for each administrative act and each refusal of one, never sampled: who,
 * from where, what, before and after.
 *
 * Never a claim id or a result; a key as the log shows keys.
 */
import type { Log } from "../log.ts";
import type { CallContext } from "./calls.ts";
import { failureOf } from "./status.ts";

export class Audit {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Runs an act and notes how it ended. `what` says what was asked, `before` what was so far. */
  async act<Result>(
    act: string,
    context: CallContext,
    what: object,
    run: () => Promise<Result>,
    after: (result: Result) => unknown = () => undefined,
  ): Promise<Result> {
    const line = { audit: true, act, peer: context.peer, ...what };
    try {
      const result = await run();
      this.#log.info({ ...line, after: after(result) }, `${act}: done`);
      return result;
    } catch (error) {
      const { code, message } = failureOf(error);
      this.#log.warn({ ...line, refused: code, reason: message }, `${act}: refused`);
      throw error;
    }
  }
}
