/**
 * The frames that are sent and not wholly answered, with what they hold in all.
 *
 * A claim that waits may be parked for a minute: it counts against a bound of its own and keeps no
 * frame "open", so that claims that wait never hold up those that don't.
 */
import type { Call } from "./call.ts";

interface Frame {
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

  add(id: number, calls: readonly Call[], sentAtMs: number): void {
    const frame = { calls: [...calls], sentAtMs, unanswered: calls.length, prompt: 0 };
    for (const [index, call] of calls.entries()) {
      call.frame = id;
      call.index = index;
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

  sentAtMs(id: number): number | undefined {
    return this.#frames.get(id)?.sentAtMs;
  }

  /** Takes a call out; undefined when there is none, or it was taken before. */
  take(id: number, index: number): Call | undefined {
    const frame = this.#frames.get(id);
    const call = frame?.calls[index];
    if (frame === undefined || call === undefined) return undefined;
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
    if (frame.unanswered === 0) this.#frames.delete(id);
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
    this.#frames.clear();
    this.#promptFrames = 0;
    this.#promptCommands = 0;
    this.#waitingCommands = 0;
    this.#bytes = 0;
    return calls;
  }
}
