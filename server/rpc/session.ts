/**
 * A session: a client's stream of frames, pipelined. Answers leave as they are ready under their
 * frame's id; a parked claim's comes later and nothing waits behind it.
 *
 *   open → ending (client has no more, or the node drains) → closed
 *   open → closed (client gone, or broke the protocol)
 *
 * Never holds more than it may: while too much is unanswered, or the client does not read its
 * answers, nothing more is read from the stream. The end of the stream frees its parked claims.
 */
import type { SessionRequest__Output, SessionResponse } from "@claimd/proto";
import { type ServerDuplexStream, status } from "@grpc/grpc-js";
import type { Refusal } from "../claim/reply.ts";
import { ClaimdError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { REFUSED } from "../shard/refusals.ts";
import { tooManyCommands } from "./batch.ts";
import { isMalformed, malformed, type RunningCall } from "./calls.ts";
import { commandCount, invalid, submitCommands } from "./frame-commands.ts";
import { allKnown, madeNamespaces } from "./made-namespaces.ts";
import type { NodeService } from "./node.ts";
import { type FrameOwner, SessionFrame } from "./session-frame.ts";
import { statusOf } from "./status.ts";

export type SessionCall = ServerDuplexStream<SessionRequest__Output, SessionResponse>;

export interface SessionParts {
  readonly node: NodeService;
  readonly wallClockMs: () => number;
}

const { max: MAX_UNANSWERED } = LIMITS.sessionCommands;
const { max: MAX_UNSENT_BYTES } = LIMITS.sessionAnswerBytes;
const NONE_MISSING: ReadonlyMap<string, Refusal> = new Map();

type Groups = SessionRequest__Output["commands"];

export class Session implements FrameOwner {
  readonly #parts: SessionParts;
  readonly #call: SessionCall;
  readonly #running: RunningCall;
  /** Those with answers still to be had, or to be sent. */
  readonly #frames = new Map<number, SessionFrame>();
  #state: "open" | "ending" | "closed" = "open";
  /** Why the stream is ended; undefined when the client ended it itself. */
  #reason: ClaimdError | undefined;
  #unanswered = 0;
  #unsentBytes = 0;
  /** The stream's own buffer is full. */
  #full = false;
  /** A frame waits for its namespace to be made; later frames must not overtake it. */
  #makingNamespaces = false;
  #reading = true;

  constructor(parts: SessionParts, call: SessionCall, running: RunningCall) {
    this.#parts = parts;
    this.#call = call;
    this.#running = running;
    call.on("data", (message: SessionRequest__Output) => {
      this.#receive(message);
    });
    call.on("drain", () => {
      this.#full = false;
      this.#throttle();
    });
    call.on("end", () => {
      this.#freeParked();
      this.#end(undefined);
    });
    // Also emitted when the stream has ended as it should.
    call.on("cancelled", () => {
      this.#close();
    });
  }

  get resultRoom(): number {
    return MAX_UNSENT_BYTES - this.#unsentBytes;
  }

  /** The node drains: ends the stream once what is in hand is answered. */
  drain(): void {
    this.#end(new ClaimdError(REFUSED.draining.code, REFUSED.draining.message));
  }

  send(frame: SessionFrame): void {
    if (this.#state === "closed") return;
    const { bytes } = frame.columns;
    this.#unsentBytes += bytes;
    const response = { frame: frame.id, answers: frame.columns.take() };
    const room = this.#call.write(response, () => {
      this.#unsentBytes -= bytes;
    });
    if (!room) this.#full = true;
    if (frame.open === 0) this.#frames.delete(frame.id);
    this.#throttle();
    this.#endWhenAnswered();
  }

  answered(): void {
    this.#unanswered -= 1;
  }

  #receive(message: SessionRequest__Output): void {
    if (this.#state === "closed") return;
    if (isMalformed(message)) {
      this.#fail(malformed());
      return;
    }
    for (const { frame, index } of message.cancel) this.#cancel(this.#frames.get(frame), index);
    const count = commandCount(message.commands);
    if (count > 0) this.#take(message, count);
  }

  #take({ frame: id, commands }: SessionRequest__Output, count: number): void {
    if (this.#frames.has(id)) {
      this.#fail(new ClaimdError("INVALID_ARGUMENT", `frame: ${id} is still being answered`));
      return;
    }
    if (count > MAX_UNANSWERED) {
      this.#fail(new ClaimdError("INVALID_ARGUMENT", tooManyCommands(count)));
      return;
    }
    const frame = new SessionFrame(this, id, count, commands);
    this.#frames.set(id, frame);
    this.#unanswered += count;
    if (count > LIMITS.batchCommands.max) frame.refuseAll(invalid(tooManyCommands(count)));
    else if (this.#state === "ending" || this.#parts.node.draining) {
      frame.refuseAll(REFUSED.draining);
    } else if (allKnown(this.#parts.node.namespaces, commands)) {
      this.#submit(frame, commands, NONE_MISSING);
    } else {
      void this.#makeNamespaces(frame, commands);
    }
  }

  #submit(frame: SessionFrame, commands: Groups, missing: ReadonlyMap<string, Refusal>): void {
    const { node, wallClockMs } = this.#parts;
    const maxWaitMs = Math.max(0, this.#running.deadlineMs - wallClockMs());
    submitCommands(commands, node, frame, { waits: true, maxWaitMs, missing });
    frame.flush();
    this.#throttle();
  }

  /** Never rejects. */
  async #makeNamespaces(frame: SessionFrame, commands: Groups): Promise<void> {
    this.#makingNamespaces = true;
    this.#throttle();
    const missing = await madeNamespaces(this.#parts.node.namespaces, commands);
    this.#makingNamespaces = false;
    if (this.#state !== "closed") this.#submit(frame, commands, missing);
  }

  #cancel(frame: SessionFrame | undefined, index: number): void {
    if (frame?.waiting?.has(index) === true) this.#parts.node.cancel(frame, index);
  }

  #freeParked(): void {
    for (const frame of this.#frames.values()) {
      for (const index of frame.waiting ?? []) this.#parts.node.cancel(frame, index);
    }
  }

  /** Reads on while there is room for what comes. */
  #throttle(): void {
    const read = !this.#full && !this.#makingNamespaces && this.#unanswered < MAX_UNANSWERED;
    if (read === this.#reading) return;
    this.#reading = read;
    if (read) this.#call.resume();
    else this.#call.pause();
  }

  #end(reason: ClaimdError | undefined): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    this.#reason = reason;
    this.#endWhenAnswered();
  }

  #endWhenAnswered(): void {
    if (this.#state !== "ending" || this.#frames.size > 0) return;
    this.#state = "closed";
    if (this.#reason !== undefined) this.#endWith(this.#reason);
    else if (this.#running.end({ code: status.OK })) this.#call.end();
  }

  /** The client broke the protocol: nothing more is heard or said. */
  #fail(reason: ClaimdError): void {
    this.#state = "closed";
    this.#freeParked();
    this.#frames.clear();
    this.#endWith(reason);
  }

  #endWith(reason: ClaimdError): void {
    const failed = statusOf(reason);
    if (this.#running.end(failed)) this.#call.emit("error", failed);
  }

  #close(): void {
    this.#state = "closed";
    this.#freeParked();
    this.#frames.clear();
  }
}
