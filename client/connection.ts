/**
 * Everything one node is asked.
 *
 *   asked → backlog → in a frame → answered
 *              ↑          │ stream lost, UNAVAILABLE
 *              └─ backoff ┘
 *
 * Commands asked in the same moment share a frame: it is cut when the microtasks of that moment are
 * done, so nothing waits for a timer. While enough frames are under way, further commands gather.
 *
 * Must stay true: a command is sent again only with the same claim id, and only while its caller
 * waits. Whatever is in flight when the stream is lost is sent again.
 */
import type { Cancel, SessionResponse__Output } from "@claimd/proto";
import { Backlog, type Flow } from "./backlog.ts";
import type { Call, Verb } from "./call.ts";
import { layOut, readAnswers } from "./columns.ts";
import type { Counters } from "./counters.ts";
import { Deadlines } from "./deadlines.ts";
import type { Environment, Timer } from "./environment.ts";
import { ClaimdError } from "./errors.ts";
import { InFlight } from "./in-flight.ts";
import type { Reply } from "./reply.ts";
import { backoffMs, isRetryable } from "./retry.ts";
import type { Channel, SessionStream } from "./session-stream.ts";

export interface ConnectionNeeds {
  /** One per address of the node, tried in turn. */
  readonly channels: readonly Channel[];
  readonly flow: Flow;
  readonly environment: Environment;
  /** From 0 up to 1, for jitter. */
  readonly fraction: () => number;
  readonly counters: Counters;
  /** A claim whose caller has given up was granted, or may have been. */
  readonly onLateGrant: (call: Call) => void;
  /** A stream was lost. */
  readonly onDisconnect: (error: ClaimdError) => void;
}

const TYPE_OF_ANSWER: Readonly<Record<Verb, Reply["type"]>> = {
  CLAIM: "claim",
  COMPLETE: "settle",
  FAIL: "settle",
  EXTEND: "settle",
  GET: "get",
  FORGET: "forget",
};

/** Copies of a claim that waits, sent again together, still share a group. */
const WAIT_GRAIN_MS = 100;

export class Connection {
  readonly #needs: ConnectionNeeds;
  readonly #inFlight = new InFlight();
  readonly #backlog: Backlog;
  readonly #deadlines: Deadlines;
  readonly #whenIdle: (() => void)[] = [];
  #cancels: Cancel[] = [];
  #stream: SessionStream | undefined;
  /** The node has answered on this stream: what was sent on it has a chance to have arrived. */
  #heard = false;
  /** Streams lost since the last answer. */
  #failures = 0;
  /** Runs while the next stream is not yet to be opened. */
  #pause: Timer | undefined;
  #flushing = false;
  /** What claims that wait are refused with, once the client is closing. */
  #closing: ClaimdError | undefined;
  /** What everything is refused with. */
  #closed: ClaimdError | undefined;

  constructor(needs: ConnectionNeeds) {
    this.#needs = needs;
    this.#backlog = new Backlog(needs.flow, needs.environment, () => {
      this.#flush();
    });
    this.#deadlines = new Deadlines(needs.environment, (nowMs) => this.#sweep(nowMs));
  }

  ask(call: Call): void {
    const refused = this.#closed ?? (call.waits ? this.#closing : undefined);
    if (refused !== undefined) {
      call.refuse(refused);
    } else if (this.#backlog.add(call)) {
      this.#needs.counters.commands++;
      this.#deadlines.watch(call);
      this.#scheduleFlush();
    }
  }

  /** Ends a call for its caller. What it asked may happen all the same. */
  giveUp(call: Call, error: ClaimdError): void {
    if (call.over) return;
    call.refuse(error);
    this.#backlog.drop(call);
    if (call.frame !== 0 && call.waits) {
      this.#cancels.push({ frame: call.frame, index: call.index });
      this.#scheduleFlush();
    }
    this.#checkIdle();
  }

  /** Ends with `error` what waits for others, now and from now on. */
  giveUpWaiting(error: ClaimdError): void {
    this.#closing = error;
    for (const call of this.#calls()) if (call.waits) this.giveUp(call, error);
  }

  /** Resolves when nothing is queued, in flight or to be tried again. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenIdle.push(resolve);
      this.#checkIdle();
    });
  }

  /** Ends with `error` what is left, and everything asked later. */
  async close(error: ClaimdError): Promise<void> {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    for (const call of this.#calls()) call.refuse(error);
    this.#inFlight.takeAll();
    this.#backlog.clear();
    this.#deadlines.stop();
    this.#pause?.cancel();
    this.#checkIdle();
    await this.#stream?.close();
    for (const channel of this.#needs.channels) channel.close();
  }

  #calls(): readonly Call[] {
    return [...this.#backlog.calls(), ...this.#inFlight.calls()];
  }

  #scheduleFlush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    // Runs when the microtasks of this moment are done, and before any input or output.
    process.nextTick(() => {
      this.#flushing = false;
      this.#deadlines.endMoment();
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#closed !== undefined || this.#pause !== undefined) return;
    if (this.#cancels.length > 0 && this.#stream !== undefined) {
      this.#stream.write({ frame: this.#inFlight.nextId(), cancel: this.#cancels });
      this.#cancels = [];
    }
    while (this.#stream?.blocked !== true) {
      const calls = this.#backlog.cutFrame(this.#inFlight);
      if (calls.length === 0) return;
      this.#send(calls);
    }
  }

  #send(toSend: Call[]): void {
    const nowMs = this.#needs.environment.nowMs();
    for (const call of toSend) if (call.waits && call.failures > 0) waitForTheRest(call, nowMs);
    const { commands, calls } = layOut(toSend);
    const frame = this.#inFlight.nextId();
    this.#inFlight.add(frame, calls, nowMs);
    this.#needs.counters.frames++;
    this.#stream ??= this.#open();
    this.#stream.write({ frame, commands });
  }

  #open(): SessionStream {
    const { channels } = this.#needs;
    const channel = channels[this.#failures % channels.length] as Channel;
    this.#heard = false;
    return channel.open({
      response: (response) => {
        this.#respond(response);
      },
      drained: () => {
        this.#flush();
      },
      ended: (error) => {
        this.#lost(error);
      },
    });
  }

  #respond({ frame: id, answers }: SessionResponse__Output): void {
    this.#failures = 0;
    this.#heard = true;
    const frame = this.#inFlight.frame(id);
    if (frame === undefined || answers === null) return;
    readAnswers(answers, frame.sentAtMs, {
      answered: (index, reply) => {
        const call = this.#inFlight.take(frame, index);
        if (call !== undefined) this.#answered(call, reply);
      },
      refused: (index, error) => {
        const call = this.#inFlight.take(frame, index);
        if (call !== undefined) this.#refused(call, error);
      },
    });
    this.#scheduleFlush();
    this.#checkIdle();
  }

  #answered(call: Call, reply: Reply): void {
    if (reply.type !== TYPE_OF_ANSWER[call.shape.verb]) {
      call.refuse(new ClaimdError("INTERNAL", `${call.shape.verb} answered as ${reply.type}`));
    } else if (!call.over) call.settle(reply);
    else if (call.leavesGrant && reply.type === "claim" && reply.answer.status === "GRANTED") {
      this.#needs.onLateGrant(call);
    }
  }

  #refused(call: Call, error: ClaimdError): void {
    if (call.over) return;
    if (!isRetryable(error) || !call.resendable) {
      call.refuse(error);
      return;
    }
    call.failures++;
    call.lastError = error;
    this.#needs.counters.retries++;
    const pauseMs = Math.max(backoffMs(call.failures, this.#needs.fraction()), error.retryAfterMs);
    this.#backlog.retryLater(call, this.#needs.environment.nowMs() + pauseMs);
  }

  #lost(error: ClaimdError): void {
    this.#stream = undefined;
    this.#cancels = [];
    if (this.#closed !== undefined) return;
    this.#failures++;
    this.#needs.counters.disconnects++;
    this.#needs.onDisconnect(error);
    const again: Call[] = [];
    for (const call of this.#inFlight.takeAll()) {
      if (call.over) {
        if (call.leavesGrant && this.#heard) this.#needs.onLateGrant(call);
      } else if (isRetryable(error) && call.resendable) {
        call.failures++;
        call.lastError = error;
        again.push(call);
      } else {
        call.refuse(error);
      }
    }
    this.#needs.counters.retries += again.length;
    this.#backlog.putBack(again);
    if (!this.#backlog.isEmpty) this.#pauseBeforeNextStream();
    this.#checkIdle();
  }

  #pauseBeforeNextStream(): void {
    this.#pause?.cancel();
    this.#pause = this.#needs.environment.setTimer(
      () => {
        this.#pause = undefined;
        this.#flush();
      },
      backoffMs(this.#failures, this.#needs.fraction()),
      "keep-alive",
    );
  }

  #sweep(nowMs: number): number {
    let nextAtMs = Number.POSITIVE_INFINITY;
    for (const call of this.#calls()) {
      if (call.over) continue;
      if (call.deadlineAtMs <= nowMs) this.giveUp(call, deadlineError(call, this.#heard));
      else nextAtMs = Math.min(nextAtMs, call.deadlineAtMs);
    }
    return nextAtMs;
  }

  #checkIdle(): void {
    if (this.#whenIdle.length === 0) return;
    if (this.#closed === undefined && !(this.#backlog.isEmpty && this.#inFlight.isEmpty)) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}

function waitForTheRest(call: Call, nowMs: number): void {
  const restMs = Math.max(call.waitUntilMs - nowMs, 0);
  const waitMs = Math.min(Math.ceil(restMs / WAIT_GRAIN_MS) * WAIT_GRAIN_MS, call.shape.waitMs);
  call.shape = { ...call.shape, waitMs };
}

/** UNAVAILABLE where, as far as is known, there was nobody to ask. */
function deadlineError({ frame, lastError }: Call, heard: boolean): ClaimdError {
  if (lastError === undefined || (frame !== 0 && heard)) {
    return new ClaimdError("DEADLINE", "no answer within the call's time", { cause: lastError });
  }
  return new ClaimdError("UNAVAILABLE", `no node within the call's time: ${lastError.message}`, {
    cause: lastError,
    reason: lastError.reason,
  });
}
