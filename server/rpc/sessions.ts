/**
 * The open sessions of a node, a bounded number of them. Streams never end by themselves: when the
 * node drains, this ends them.
 */
import type { handleBidiStreamingCall } from "@grpc/grpc-js";
import type { SessionRequest__Output, SessionResponse } from "@claimd/proto";
import { ClaimdError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { REFUSED } from "../shard/refusals.ts";
import type { Calls } from "./calls.ts";
import { Session, type SessionCall, type SessionParts } from "./session.ts";
import { statusOf } from "./status.ts";

export class Sessions {
  readonly #parts: SessionParts;
  readonly #open = new Set<Session>();
  readonly #max: number;

  constructor(parts: SessionParts, max: number = LIMITS.sessions.max) {
    this.#parts = parts;
    this.#max = max;
  }

  get count(): number {
    return this.#open.size;
  }

  handler(
    calls: Calls,
    service: string,
  ): handleBidiStreamingCall<SessionRequest__Output, SessionResponse> {
    return (call: SessionCall) => {
      const running = calls.beginStream(call, service, "Session");
      const refused = this.#refusal();
      if (refused !== undefined) {
        const failed = statusOf(refused);
        if (running.end(failed)) call.emit("error", failed);
        return;
      }
      const session = new Session(this.#parts, call, running);
      this.#open.add(session);
      call.on("cancelled", () => this.#open.delete(session));
    };
  }

  /** Ends each session as soon as what it has in hand is answered. */
  drain(): void {
    for (const session of this.#open) session.drain();
  }

  #refusal(): ClaimdError | undefined {
    if (this.#parts.node.draining) {
      return new ClaimdError("DRAINING", REFUSED.draining.message, REFUSED.draining);
    }
    if (this.#open.size < this.#max) return undefined;
    const message = `sessions: ${this.#max} are open, at most ${this.#max}`;
    return new ClaimdError("TOO_MANY_SESSIONS", message, { retryAfterMs: 1000 });
  }
}
