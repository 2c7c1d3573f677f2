/**
 * Answers that are durable here and wait for the rest of the cluster.
 *
 * R3   A write is answered when its entry is committed.
 * R12  COMPLETED and FAILED rest on committed records alone. Any other answer that writes nothing
 *      waits until all it may rest on is committed and nobody else can have led meanwhile.
 * Never answers twice. When the epoch ends, what waits hears "outcome unknown", and so does a turn
 * that is on its way to disk at that moment: what stands at its indexes later may be another's.
 */
import type { Reply } from "../claim/reply.ts";
import type { Leadership } from "./leadership.ts";
import { REFUSED } from "./refusals.ts";
import type { Asker } from "./submission.ts";
import type { Waiting } from "./waiting.ts";

/** What must have happened in its partition. 0 = nothing. */
export interface Needs {
  readonly index: number;
  readonly round: number;
  /** The turn that decided it, as `beginTurn` has numbered it. */
  readonly turn: number;
}

interface Held extends Needs {
  readonly waiting: Waiting;
  readonly reply: Reply;
}

type Progress = Pick<Leadership, "commit" | "confirmedRound" | "onProgress">;

export interface HoldTimes {
  readonly monotonicMs: () => number;
  /** How long a durable turn had to wait until its last answer was out. */
  readonly onReplicated: (heldMs: number) => void;
}

export class HeldAnswers {
  readonly #leadership: Progress;
  readonly #times: HoldTimes;
  /** Of each partition in the order of deciding: needs never fall. */
  readonly #held = new Map<number, Held[]>();
  #turns = 0;
  /** Of turns with answers that are held, how many those are, and since when. */
  readonly #holding = new Map<number, { readonly sinceMs: number; answers: number }>();
  /** What many partitions have brought in one moment leaves as one message to each. */
  readonly #told = new Set<Asker>();
  #flushing: NodeJS.Immediate | undefined;
  /** The last turn that had begun when an epoch of the partition ended. */
  readonly #overWith = new Map<number, number>();

  constructor(leadership: Progress, times: HoldTimes) {
    this.#leadership = leadership;
    this.#times = times;
    leadership.onProgress((partition, epoch) => {
      if (epoch === "over") {
        this.#overWith.set(partition, this.#turns);
        this.#giveUp(partition, this.#told);
      } else this.#release(partition, this.#told);
      if (this.#told.size > 0) this.#flushing ??= setImmediate(() => this.#flush());
    });
  }

  /** Before anything of the turn is decided. */
  beginTurn(): number {
    this.#turns += 1;
    return this.#turns;
  }

  /** Answers it now, or when it may be. */
  add(waiting: Waiting, reply: Reply, needs: Needs, askers: Set<Asker>): void {
    const { partition } = waiting;
    if (this.#isOver(partition, needs)) {
      deliver(waiting, REFUSED.storageUnavailable, askers);
      return;
    }
    if (this.#isMet(partition, needs)) {
      deliver(waiting, reply, askers);
      return;
    }
    const held = this.#held.get(partition) ?? [];
    this.#held.set(partition, held);
    held.push({ waiting, reply, ...needs });
    const holding = this.#holding.get(needs.turn);
    if (holding !== undefined) holding.answers += 1;
    else this.#holding.set(needs.turn, { sinceMs: this.#times.monotonicMs(), answers: 1 });
  }

  #letGo(turn: number): void {
    const holding = this.#holding.get(turn);
    if (holding === undefined) return;
    holding.answers -= 1;
    if (holding.answers > 0) return;
    this.#holding.delete(turn);
    this.#times.onReplicated(this.#times.monotonicMs() - holding.sinceMs);
  }

  /** It rests on an epoch that has ended. */
  #isOver(partition: number, { index, round, turn }: Needs): boolean {
    if (index === 0 && round === 0) return false;
    return turn <= (this.#overWith.get(partition) ?? 0);
  }

  #isMet(partition: number, { index, round }: Needs): boolean {
    const leadership = this.#leadership;
    return index <= leadership.commit(partition) && round <= leadership.confirmedRound(partition);
  }

  #release(partition: number, askers: Set<Asker>): void {
    const held = this.#held.get(partition);
    if (held === undefined) return;
    const met = held.findIndex((each) => !this.#isMet(partition, each));
    for (const { waiting, reply, turn } of held.splice(0, met < 0 ? held.length : met)) {
      deliver(waiting, reply, askers);
      this.#letGo(turn);
    }
    if (held.length === 0) this.#held.delete(partition);
  }

  #flush(): void {
    this.#flushing = undefined;
    const askers = [...this.#told];
    this.#told.clear();
    for (const asker of askers) asker.flush();
  }

  #giveUp(partition: number, askers: Set<Asker>): void {
    const held = this.#held.get(partition) ?? [];
    this.#held.delete(partition);
    for (const { waiting, turn } of held) {
      deliver(waiting, REFUSED.storageUnavailable, askers);
      this.#letGo(turn);
    }
  }
}

function deliver({ submission }: Waiting, reply: Reply, askers: Set<Asker>): void {
  submission.asker.answer(submission.index, reply);
  askers.add(submission.asker);
}
