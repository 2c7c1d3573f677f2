/**
 * What is asked of a node and not under way: two queues, and those that wait to be tried again.
 *
 * A frame costs both sides as much as some twenty commands. So while frames are under way, what
 * comes gathers until it is as much as is under way, or enough, or for a moment; for longer while
 * as many frames are under way as may be. Not for ever, because those may be held up by a
 * partition that is none of its business.
 *
 * Claims that may be parked have a queue of their own, so that a full house of them never holds up
 * a settlement that would free them.
 */
import type { Call } from "./call.ts";
import { CallQueue } from "./call-queue.ts";
import type { Environment, Timer } from "./environment.ts";
import { ClaimdError } from "./errors.ts";
import type { InFlight } from "./in-flight.ts";
import { LIMITS } from "./limits.ts";

export interface Flow {
  readonly maxFramesInFlight: number;
  readonly maxInFlightCommands: number;
  readonly maxInFlightBytes: number;
  readonly maxQueuedCommands: number;
}

export interface BacklogListener {
  /** The calls that are to be tried again now: they are no longer in the backlog. */
  due(calls: readonly Call[]): void;
  /** What gathers may have done so for long enough: the next frame is to be cut. */
  gathered(): void;
}

/** Commands that are worth a frame, whatever is under way. */
const ENOUGH = 32;
/** Longer than most answers take. */
const GATHER_MS = 20;
/** Longer than answers take under load. */
const STUCK_MS = 500;

export class Backlog {
  readonly #flow: Flow;
  readonly #environment: Environment;
  readonly #listener: BacklogListener;
  readonly #prompt = new CallQueue();
  readonly #waiting = new CallQueue();
  readonly #retries = new Set<Call>();
  #retryTimer: Timer | undefined;
  #retryAtMs = Number.POSITIVE_INFINITY;
  /** Since when prompt calls have been held back; undefined = they are not. */
  #gathersSinceMs: number | undefined;
  #gatherTimer: Timer | undefined;

  constructor(flow: Flow, environment: Environment, listener: BacklogListener) {
    this.#flow = flow;
    this.#environment = environment;
    this.#listener = listener;
  }

  /** False when there is no room: the call has been refused. */
  add(call: Call): boolean {
    const queue = this.#queueOf(call);
    if (queue.length >= this.#flow.maxQueuedCommands) {
      queue.peek();
      if (queue.length >= this.#flow.maxQueuedCommands) {
        call.refuse(
          new ClaimdError(
            "RESOURCE_EXHAUSTED",
            `${queue.length} commands wait to be sent: await answers, or raise maxQueuedCommands`,
            { reason: "CLIENT_QUEUE_FULL" },
          ),
        );
        return false;
      }
    }
    queue.push(call);
    return true;
  }

  /** Commands that were let in before, whatever the bound. */
  addAgain(calls: readonly Call[]): void {
    for (const call of calls) this.#queueOf(call).push(call);
  }

  /** Leaves here what `keep` gives back of what it is given; the rest belongs elsewhere. */
  sift(keep: (calls: readonly Call[]) => readonly Call[]): void {
    const queued = [...this.#prompt, ...this.#waiting];
    this.#prompt.clear();
    this.#waiting.clear();
    this.putBack(keep(queued));
    const later = [...this.#retries];
    this.#retries.clear();
    for (const call of keep(later)) this.#retries.add(call);
  }

  /** Commands whose stream was lost go first again. */
  putBack(calls: readonly Call[]): void {
    this.#prompt.putBack(calls.filter((call) => !call.waits));
    this.#waiting.putBack(calls.filter((call) => call.waits));
  }

  retryLater(call: Call, atMs: number): void {
    call.retryAtMs = atMs;
    this.#retries.add(call);
    if (atMs < this.#retryAtMs) this.#armRetries(atMs);
  }

  /** The call is over. */
  drop(call: Call): void {
    this.#retries.delete(call);
  }

  /**
   * As many commands as one frame may hold, and as the node may have at once; what is too much for
   * one frame is cut into even ones: 1,024 into two halves, not into 1,000 and a rest that costs as
   * much as they do.
   */
  cutFrame(inFlight: InFlight): Call[] {
    const calls: Call[] = [];
    let bytes = 0;
    const most = evenShare(
      this.#prompt.length + inFlight.promptCommands,
      this.#flow.maxFramesInFlight,
    );
    const take = (queue: CallQueue, mostCommands: number): void => {
      for (let left = mostCommands; left > 0; left--) {
        const call = queue.peek();
        if (call === undefined || calls.length === most) return;
        const frameBytes = bytes + call.bytes;
        // A command larger than a bound goes alone.
        if (calls.length > 0 && frameBytes > LIMITS.frameBytes) return;
        const alone = inFlight.promptCommands === 0 && calls.length === 0;
        // Claims that wait have a bound of their own: parked ones hold up no settlement.
        const room = call.waits || alone ? Infinity : this.#flow.maxInFlightBytes;
        if (inFlight.bytes + frameBytes > room) return;
        calls.push(call);
        bytes = frameBytes;
        queue.shift();
      }
    };
    if (this.#prompt.length > 0 && !this.#isWorthAFrame(inFlight)) this.#gather();
    else {
      this.#gathersSinceMs = undefined;
      take(this.#prompt, this.#flow.maxInFlightCommands - inFlight.promptCommands);
    }
    take(this.#waiting, LIMITS.waitingCommands - inFlight.waitingCommands);
    return calls;
  }

  /** Nobody waits for anything here. */
  get isEmpty(): boolean {
    return (
      this.#retries.size === 0 &&
      this.#prompt.peek() === undefined &&
      this.#waiting.peek() === undefined
    );
  }

  *calls(): Generator<Call> {
    yield* this.#prompt;
    yield* this.#waiting;
    yield* this.#retries;
  }

  clear(): void {
    this.#prompt.clear();
    this.#waiting.clear();
    this.#retries.clear();
    this.#retryTimer?.cancel();
    this.#gatherTimer?.cancel();
  }

  #isWorthAFrame({ promptFrames, promptCommands }: InFlight): boolean {
    const sinceMs = this.#gathersSinceMs;
    const gatheredMs = sinceMs === undefined ? 0 : this.#environment.nowMs() - sinceMs;
    const isEnough =
      gatheredMs >= GATHER_MS || this.#prompt.length >= Math.min(promptCommands, ENOUGH);
    return isEnough && (promptFrames < this.#flow.maxFramesInFlight || gatheredMs >= STUCK_MS);
  }

  /** Until it is looked at again in a moment. */
  #gather(): void {
    this.#gathersSinceMs ??= this.#environment.nowMs();
    this.#gatherTimer ??= this.#environment.setTimer(() => {
      this.#gatherTimer = undefined;
      this.#listener.gathered();
    }, GATHER_MS);
  }

  #queueOf(call: Call): CallQueue {
    return call.waits ? this.#waiting : this.#prompt;
  }

  #armRetries(atMs: number): void {
    this.#retryTimer?.cancel();
    this.#retryAtMs = atMs;
    this.#retryTimer = this.#environment.setTimer(
      () => {
        this.#retryNow();
      },
      atMs - this.#environment.nowMs(),
      "keep-alive",
    );
  }

  #retryNow(): void {
    const nowMs = this.#environment.nowMs();
    const due: Call[] = [];
    let nextAtMs = Number.POSITIVE_INFINITY;
    for (const call of this.#retries) {
      if (call.retryAtMs <= nowMs) {
        this.#retries.delete(call);
        due.push(call);
      } else {
        nextAtMs = Math.min(nextAtMs, call.retryAtMs);
      }
    }
    this.#retryAtMs = Number.POSITIVE_INFINITY;
    if (nextAtMs !== Number.POSITIVE_INFINITY) this.#armRetries(nextAtMs);
    this.#listener.due(due);
  }
}

/** Of so many commands in frames that are as few as may be. */
function evenShare(commands: number, mostFrames: number): number {
  const frames = Math.min(Math.ceil(commands / LIMITS.frameCommands), mostFrames);
  if (frames <= 1) return LIMITS.frameCommands;
  return Math.min(Math.ceil(commands / frames), LIMITS.frameCommands);
}
