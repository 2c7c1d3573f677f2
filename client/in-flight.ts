/**
 * The frames that are sent and not wholly answered, with what they hold in all.
 *
 * A claim that waits may be parked for a minute: it counts against a bound of its own and keeps no
 * frame "open", so that claims that wait never hold up those that don't.
 */
import type { Call } from "./call.ts";

export interface Frame {
  readonly id: number;
  readonly calls: (Call | undefined)[];
  readonly sentAtMs: number;
  unanswered: number;
  /** Unanswered ones that don't wait. */
  prompt: number;
}

const LAST_FRAME_ID = 2 ** 32 - 1;

export class InFlight {
  readonly #frames = new Map<number, Frame>();
  #lastId = 0;
  #promptFrames = 0;
  #promptCommands = 0;
  #waitingCommands = 0;
  #bytes = 0;

  /** Frames with commands that are to be answered at once. */
  get promptFrames(): number {
    return this.#promptFrames;
  }

  get promptCommands(): number {
    return this.#promptCommands;
  }

  get waitingCommands(): number {
    return this.#waitingCommands;
  }

  /** Of those that don't wait. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#frames.size === 0;
  }

  nextId(): number {
    this.#lastId = this.#lastId === LAST_FRAME_ID ? 1 : this.#lastId + 1;
    return this.#lastId;
  }

  /** `calls` are the frame's own from here on. */
  add(id: number, calls: Call[], sentAtMs: number): void {
    const frame: Frame = { id, calls, sentAtMs, unanswered: calls.length, prompt: 0 };
    let index = 0;
    for (const call of calls) {
      call.frame = id;
      call.index = index++;
      if (call.waits) {
        this.#waitingCommands++;
      } else {
        frame.prompt++;
        this.#bytes += call.bytes;
      }
    }
    this.#promptCommands += frame.prompt;
    if (frame.prompt > 0) this.#promptFrames++;
    this.#frames.set(id, frame);
  }

  /** Undefined when all of it has been answered, or was lost. */
  frame(id: number): Frame | undefined {
    return this.#frames.get(id);
  }

  /** Takes a call out; undefined when there is none, or it was taken before. */
  take(frame: Frame, index: number): Call | undefined {
    const call = frame.calls[index];
    if (call === undefined) return undefined;
    frame.calls[index] = undefined;
    call.frame = 0;
    if (call.waits) {
      this.#waitingCommands--;
    } else {
      this.#bytes -= call.bytes;
      this.#promptCommands--;
      frame.prompt--;
      if (frame.prompt === 0) this.#promptFrames--;
    }
    frame.unanswered--;
    if (frame.unanswered === 0) this.#frames.delete(frame.id);
    return call;
  }

  *calls(): Generator<Call> {
    for (const frame of this.#frames.values()) {
      for (const call of frame.calls) if (call !== undefined) yield call;
    }
  }

  /** The stream is gone, and with it every answer. */
  takeAll(): readonly Call[] {
    const calls = [...this.calls()];
    for (const call of calls) call.frame = 0;
    for (const frame of this.#frames.values()) frame.calls.length = 0;
    this.#frames.clear();
    this.#promptFrames = 0;
    this.#promptCommands = 0;
    this.#waitingCommands = 0;
    this.#bytes = 0;
    return calls;
  }
}
