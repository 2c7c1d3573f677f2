/**
 * Everything one node is asked.
 *
 *   asked → backlog → in a frame → answered
 *              ↑          │ stream lost, UNAVAILABLE
 *              └─ backoff ┤
 *                         └ by another node, where the call belongs to that one by now
 *
 * Commands asked in the same moment share a frame: it is cut when the microtasks of that moment are
 * done. While frames are under way, few further commands gather for a moment (backlog.ts).
 *
 * Must stay true: a command is sent again only with the same claim id, and only while its caller
 * waits. Whatever is in flight when the stream is lost is sent again. A call is in the hands of one
 * connection at a time.
 */
import type { Cancel, Error__Output as WireError, SessionResponse__Output } from "@claimd/proto";
import { Backlog, type Flow } from "./backlog.ts";
import type { Call, CallKeeper } from "./call.ts";
import { layOut, readAnswers } from "./columns.ts";
import type { Counters } from "./counters.ts";
import { Deadlines } from "./deadlines.ts";
import { ClaimdError } from "./errors.ts";
import { InFlight } from "./in-flight.ts";
import { type Reply, TYPE_OF_ANSWER } from "./reply.ts";
import { backoffMs, isRetryable } from "./retry.ts";
import type { Routing, TurnedAway } from "./routing.ts";
import { Session, type SessionNeeds } from "./session.ts";
import type { TopologyListener, TopologyStream } from "./topology-stream.ts";

export interface ConnectionNeeds extends SessionNeeds {
  readonly flow: Flow;
  readonly counters: Counters;
  readonly routing: Routing;
  /** A claim whose caller has given up was granted, or may have been. */
  readonly onLateGrant: (call: Call) => void;
}

export class Connection implements CallKeeper {
  readonly #needs: ConnectionNeeds;
  readonly #inFlight = new InFlight();
  readonly #backlog: Backlog;
  readonly #deadlines: Deadlines;
  readonly #session: Session;
  readonly #whenIdle: (() => void)[] = [];
  #cancels: Cancel[] = [];
  #flushing = false;
  /** What claims that wait are refused with, once the client is closing. */
  #closing: ClaimdError | undefined;
  /** What everything is refused with. */
  #closed: ClaimdError | undefined;

  constructor(needs: ConnectionNeeds) {
    this.#needs = needs;
    const { routing } = needs;
    this.#backlog = new Backlog(needs.flow, needs.environment, {
      due: (calls) => {
        this.#backlog.addAgain(routing.reroute(calls, this));
        this.#flush();
        this.#checkIdle();
      },
      gathered: this.#flush,
    });
    this.#deadlines = new Deadlines(needs.environment, (nowMs) => this.#sweep(nowMs));
    this.#session = new Session(needs, {
      heard: () => {
        routing.heard(this);
      },
      response: this.#respond,
      drained: this.#flush,
      lost: this.#lost,
      resumed: () => {
        this.rerouteQueued();
        this.#flush();
      },
    });
  }

  /** Has a stream, and the node has answered on it. */
  get isConnected(): boolean {
    return this.#session.isOpen && this.#session.heard;
  }

  get isOpen(): boolean {
    return this.#session.isOpen;
  }

  get failures(): number {
    return this.#session.failures;
  }

  /** Nothing is queued, in flight or to be tried again. */
  get isIdle(): boolean {
    return this.#closed !== undefined || (this.#backlog.isEmpty && this.#inFlight.isEmpty);
  }

  ask(call: Call): void {
    if (!this.#accepts(call) || !this.#backlog.add(call)) return;
    call.keeper = this;
    this.#needs.counters.commands++;
    this.#deadlines.watch(call);
    this.#scheduleFlush();
  }

  /** Takes over calls that another node was asked before, or was to be asked. They go first. */
  takeOver(calls: readonly Call[]): void {
    const accepted = calls.filter((call) => this.#accepts(call));
    for (const call of accepted) {
      call.keeper = this;
      this.#deadlines.watchAgain(call);
    }
    this.#backlog.putBack(accepted);
    this.#scheduleFlush();
  }

  /** Hands over what is not sent yet and belongs to another node by now. */
  rerouteQueued(): void {
    if (this.#backlog.isEmpty) return;
    this.#backlog.sift((calls) => this.#needs.routing.reroute(calls, this));
    this.#checkIdle();
  }

  watchTopology(listener: TopologyListener, turn: number): TopologyStream {
    return this.#session.watchTopology(listener, turn);
  }

  /** Nobody is there any more: what is under way is asked again where it belongs. */
  drop(error: ClaimdError): void {
    this.#session.drop(error);
  }

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
    this.#checkIdle();
    await this.#session.close();
  }

  #accepts(call: Call): boolean {
    const refused = this.#closed ?? (call.waits ? this.#closing : undefined);
    if (refused !== undefined) call.refuse(refused);
    return refused === undefined;
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

  readonly #flush = (): void => {
    if (this.#closed !== undefined) return;
    if (this.#cancels.length > 0 && this.#session.isOpen) {
      this.#session.send({ frame: this.#inFlight.nextId(), cancel: this.#cancels });
      this.#cancels = [];
    }
    while (this.#session.canSend) {
      const calls = this.#backlog.cutFrame(this.#inFlight);
      if (calls.length === 0) return;
      this.#send(calls);
    }
  };

  #send(toSend: Call[]): void {
    const nowMs = this.#needs.environment.nowMs();
    for (const call of toSend) call.shortenWait(nowMs);
    const { commands, calls } = layOut(toSend);
    const frame = this.#inFlight.nextId();
    this.#inFlight.add(frame, calls, nowMs);
    this.#needs.counters.frames++;
    this.#session.send({ frame, commands });
  }

  readonly #respond = ({ frame: id, answers }: SessionResponse__Output): void => {
    const frame = this.#inFlight.frame(id);
    if (frame === undefined || answers === null) return;
    const turnedAway: TurnedAway[] = [];
    readAnswers(answers, frame.sentAtMs, {
      answered: (index, reply) => {
        const call = this.#inFlight.take(frame, index);
        if (call !== undefined) this.#answered(call, reply);
      },
      refused: (index, error, said) => {
        const call = this.#inFlight.take(frame, index);
        if (call !== undefined && !call.over) this.#refused(call, error, said, turnedAway);
      },
    });
    if (turnedAway.length > 0) {
      for (const { call, error } of this.#needs.routing.redirect(turnedAway, this)) {
        this.#tryLater(call, error);
      }
    }
    this.#scheduleFlush();
    this.#checkIdle();
  };

  #answered(call: Call, reply: Reply): void {
    if (reply.type !== TYPE_OF_ANSWER[call.shape.verb]) {
      call.refuse(new ClaimdError("INTERNAL", `${call.shape.verb} answered as ${reply.type}`));
    } else if (!call.over) call.settle(reply);
    else if (call.leavesGrant && reply.type === "claim" && reply.answer.status === "GRANTED") {
      this.#needs.onLateGrant(call);
    }
  }

  #refused(call: Call, error: ClaimdError, said: WireError, turnedAway: TurnedAway[]): void {
    if (said.reason === "NOT_LEADER") {
      turnedAway.push({ call, error, leader: said.leader, epoch: said.epoch });
    } else if (isRetryable(error) && call.resendable) {
      this.#tryLater(call, error);
    } else {
      call.refuse(error);
    }
  }

  #tryLater(call: Call, error: ClaimdError): void {
    call.failures++;
    call.pauses++;
    call.lastError = error;
    this.#needs.counters.retries++;
    const pauseMs = Math.max(backoffMs(call.pauses, this.#needs.fraction()), error.retryAfterMs);
    this.#backlog.retryLater(call, this.#needs.environment.nowMs() + pauseMs);
  }

  readonly #lost = (error: ClaimdError): void => {
    this.#cancels = [];
    if (this.#closed !== undefined) return;
    this.#needs.counters.disconnects++;
    const again: Call[] = [];
    for (const call of this.#inFlight.takeAll()) {
      if (call.over) {
        if (call.leavesGrant && this.#session.heard) this.#needs.onLateGrant(call);
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
    if (!this.#backlog.isEmpty) this.#session.pause();
    this.#needs.routing.lost(this, error);
    this.#checkIdle();
  };

  #sweep(nowMs: number): number {
    let nextAtMs = Number.POSITIVE_INFINITY;
    for (const call of this.#calls()) {
      if (call.over) continue;
      if (call.deadlineAtMs <= nowMs) this.giveUp(call, call.deadlineError(this.#session.heard));
      else nextAtMs = Math.min(nextAtMs, call.deadlineAtMs);
    }
    return nextAtMs;
  }

  #checkIdle(): void {
    if (this.#whenIdle.length === 0 || !this.isIdle) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}
