/**
 * A node's turns, one at a time, all partitions together: take everything that waits, load, decide,
 * make durable with one write, answer. While a turn is on its way to disk the next one may decide;
 * answers leave in the order of the turns.
 *
 * Never answers before the journal has what the answer says, not even a duplicate: a turn without
 * writes of its own still waits for the turn before it, on whose writes it may rest.
 *
 * J1  Every answered write is in the journal, synced: `#store` awaits the append, then answers.
 *     When the append fails nobody knows what is on disk: all who wait hear "unknown", and the
 *     process ends.
 */

import type { Clock } from "../clock.ts";
import { ClaimdError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Journal } from "../storage/journal.ts";
import { FrameBuilder } from "../storage/journal-frame.ts";
import { type Change, PendingChanges } from "./changes.ts";
import { ENTRY_OVERHEAD_BYTES } from "./grants.ts";
import { loadRecords } from "./load.ts";
import { ParkedClaims } from "./parked.ts";
import { overClaimRate } from "./quota.ts";
import { CommandQueue } from "./queue.ts";
import { REFUSED } from "./refusals.ts";
import type { Asker, Submission } from "./submission.ts";
import type { Answers } from "./answers.ts";
import { HeldAnswers, type HoldTimes } from "./held-answers.ts";
import { TurnDecider, type TurnParts } from "./turn.ts";
import { Waiting } from "./waiting.ts";
import type { Refusal } from "../claim/reply.ts";

/** How long a turn's steps took, in milliseconds. */
export interface TurnTimes {
  readonly commands: number;
  readonly loadMs: number;
  readonly decideMs: number;
  readonly journalMs: number;
}

export interface ShardParts extends Omit<TurnParts, "parked">, HoldTimes {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly onTurn: (times: TurnTimes) => void;
  /** Truth is lost: the process must end. Called once. */
  readonly onFatal: (error: unknown) => void;
}

interface DecidedTurn {
  readonly frame: FrameBuilder;
  readonly answers: Answers;
  /** Its number among those of a member. */
  readonly turn: number;
  readonly changes: readonly Change[];
  readonly commands: number;
  readonly loadMs: number;
  readonly decideMs: number;
}

/**
 * While a turn is being written, the next one is decided only when this many commands wait for it:
 * fewer are better off in one turn with those that come before the write has ended.
 */
const OVERLAP_COMMANDS = 512;
/** How long a turn is put off while LevelDB is half a backlog behind. */
const SLOW_MS = 5;

export class Shard {
  readonly parked: ParkedClaims;
  readonly #parts: ShardParts;
  readonly #queue = new CommandQueue();
  readonly #decider: TurnDecider;
  /** Of a member of a cluster. */
  readonly #held: HeldAnswers | undefined;
  readonly #frames = [new FrameBuilder(), new FrameBuilder()] as const;
  #turns = 0;
  readonly #changes = new PendingChanges();
  #state: "open" | "draining" | "failed" = "open";
  #running: Promise<void> | undefined;
  /** The turn on its way to disk. */
  #storing: Promise<void> | undefined;
  #refusedAskers = new Set<Asker>();

  constructor(parts: ShardParts) {
    this.#parts = parts;
    this.parked = new ParkedClaims(
      () => parts.clock.nowMs(),
      (waiting) => {
        this.#queue.push(waiting);
        this.#wake();
      },
    );
    this.#decider = new TurnDecider({ ...parts, parked: this.parked });
    this.#held = parts.leadership && new HeldAnswers(parts.leadership, parts);
  }

  /** Commands waiting for a turn. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Takes a command in. Its asker hears of it exactly once, a refusal included. */
  submit(submission: Submission): void {
    const { waitMs } = submission;
    const nowMs = waitMs > 0 ? this.#parts.clock.nowMs() : 0;
    const refused = this.#refusalOf(submission);
    if (refused === undefined) {
      const waiting = new Waiting(submission, nowMs);
      if (waitMs > 0) this.parked.comes(waiting);
      this.#queue.push(waiting);
      this.#wake();
      return;
    }
    submission.asker.answer(submission.index, refused);
    // One flush for all the refused commands of a frame.
    if (this.#refusedAskers.size === 0) queueMicrotask(this.#flushRefused);
    this.#refusedAskers.add(submission.asker);
  }

  /**
   * A claim that waits and whose caller gave up is answered CANCELLED; any other command goes on.
   */
  cancel(asker: Asker, index: number): void {
    if (this.parked.cancel(asker, index) === undefined) return;
    asker.answer(index, REFUSED.cancelled);
    asker.flush();
  }

  /**
   * Stages a change between two turns; resolves with what `stage` gave when it is durable. When
   * `stage` throws, nothing was changed and the error comes back.
   */
  change<T>(stage: (frame: FrameBuilder, nowMs: number) => T): Promise<T> {
    if (this.#state !== "open") {
      return Promise.reject(new ClaimdError("DRAINING", REFUSED.draining.message));
    }
    if (this.#changes.length >= LIMITS.waitingChanges.max) {
      const { code, message, retryAfterMs } = REFUSED.queueFull;
      return Promise.reject(new ClaimdError(code, message, { retryAfterMs }));
    }
    const changed = this.#changes.add(stage);
    this.#wake();
    return changed;
  }

  /** Writes the time into the journal, so that a start knows how long nobody served. */
  async stamp(): Promise<void> {
    await this.change(() => undefined);
  }

  /** Refuses new commands, answers parked ones, ends when all work in hand is answered. */
  async drain(): Promise<void> {
    if (this.#state === "open") {
      // A full disk or a LevelDB that is away may refuse it: the next start knows a bit less.
      await this.stamp().catch(() => undefined);
    }
    // Asked anew: it may have failed meanwhile.
    if (this.#state === "open") this.#state = "draining";
    this.#decider.parking = false;
    this.parked.lookAtAll();
    while (this.#running !== undefined) await this.#running;
    await this.#storing;
  }

  readonly #flushRefused = (): void => {
    for (const asker of this.#refusedAskers) asker.flush();
    this.#refusedAskers.clear();
  };

  #refusalOf({ namespace, command, bytes }: Submission): Refusal | undefined {
    if (this.#state === "failed") return REFUSED.storageUnavailable;
    if (this.#state === "draining") return REFUSED.draining;
    if (!this.#queue.hasRoom(bytes)) return REFUSED.queueFull;
    const { claimsPerSecond } = namespace.policy.quota;
    if (claimsPerSecond === 0 || command.type !== "claim") return undefined;
    const retryAfterMs = namespace.bucket.take(claimsPerSecond, this.#parts.clock.nowMs());
    if (retryAfterMs === 0) return undefined;
    namespace.counts.overQuota += 1;
    return overClaimRate(claimsPerSecond, retryAfterMs);
  }

  #wake(): void {
    if (this.#running !== undefined || this.#state === "failed") return;
    this.#running = new Promise<void>((ended) => {
      // Behind what else the event loop has read: one turn for all connections.
      setImmediate(() => {
        void this.#run().then(ended);
      });
    });
  }

  /** Turn after turn while anything waits. Never rejects. */
  async #run(): Promise<void> {
    const { store } = this.#parts;
    try {
      while (this.#queue.length > 0 || this.#changes.length > 0) {
        if (this.#queue.length < OVERLAP_COMMANDS) await this.#storing;
        if (store.pressure === "slow") await delay(SLOW_MS);
        const waiting = this.#queue.take();
        const turn = await this.#decide(waiting);
        if (turn === undefined) this.#refuse(REFUSED.storageUnavailable, waiting);
        await this.#storing;
        if (turn !== undefined) this.#storing = this.#store(turn);
      }
    } catch (error) {
      this.#fail(error);
    }
    // At once: what comes after the last look at the queue must wake the next run.
    this.#running = undefined;
  }

  /** Undefined when LevelDB can't be read for now: nothing was decided. */
  async #decide(waiting: readonly Waiting[]): Promise<DecidedTurn | undefined> {
    const { store, journal, clock, monotonicMs } = this.#parts;
    const startedMs = monotonicMs();
    const endRead = store.beginRead();
    try {
      const loaded = await loadRecords(store, waiting, clock.nowMs());
      const loadedMs = monotonicMs();
      const frame = this.#frames[this.#turns++ % 2 === 0 ? 0 : 1];
      const nowMs = clock.nowMs();
      frame.reset(nowMs);
      this.#parts.leadership?.beginFrame(frame);
      if (!journal.hasRoomFor(this.#changes.length * ENTRY_OVERHEAD_BYTES)) {
        this.#failChanges(REFUSED.diskFull);
      }
      const changes = this.#changes.stage(frame, nowMs);
      const turn = this.#held?.beginTurn() ?? 0;
      const answers = this.#decider.decideAll(waiting, loaded, frame, nowMs);
      return {
        ...{ frame, answers, turn, changes },
        commands: waiting.length,
        loadMs: loadedMs - startedMs,
        decideMs: monotonicMs() - loadedMs,
      };
    } catch (error) {
      if (error instanceof ClaimdError && error.code === "STORAGE_UNAVAILABLE") return undefined;
      throw error;
    } finally {
      endRead();
    }
  }

  /** Durable, then answered. Rejects never: a failure ends the node. */
  async #store(turn: DecidedTurn): Promise<void> {
    const { journal, store, monotonicMs, onTurn } = this.#parts;
    const startedMs = monotonicMs();
    try {
      if (turn.frame.entries > 0 || turn.changes.length > 0) {
        store.endTurn(journal.lastSequence + 1);
        store.durable(await journal.append(turn.frame));
      }
    } catch (error) {
      turn.answers.sendUnknown();
      for (const change of turn.changes) change.failed(error);
      this.#fail(error);
      return;
    }
    if (this.#held === undefined) turn.answers.send();
    else {
      this.#parts.leadership?.proposedAreDurable();
      turn.answers.sendThrough(this.#held, turn.turn);
    }
    for (const change of turn.changes) change.done();
    const { commands, loadMs, decideMs } = turn;
    onTurn({ commands, loadMs, decideMs, journalMs: monotonicMs() - startedMs });
  }

  #refuse(refused: Refusal, waiting: readonly Waiting[]): void {
    const askers = new Set<Asker>();
    for (const each of waiting) {
      if (each.answered) continue;
      this.parked.leaves(each, true);
      const { asker, index } = each.submission;
      asker.answer(index, refused);
      askers.add(asker);
    }
    for (const asker of askers) asker.flush();
    this.#failChanges(refused);
  }

  #failChanges({ code, message, retryAfterMs }: Refusal): void {
    this.#changes.failAll(new ClaimdError(code, message, { retryAfterMs }));
  }

  #fail(error: unknown): void {
    if (this.#state === "failed") return;
    this.#state = "failed";
    this.parked.lookAtAll(); // Into the queue, to hear it too.
    while (this.#queue.length > 0) this.#refuse(REFUSED.storageUnavailable, this.#queue.take());
    this.#changes.failAll(error);
    this.#parts.onFatal(error);
  }
}

async function delay(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
