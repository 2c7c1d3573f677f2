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

export class HeldAnswers {
  readonly #leadership: Progress;
  /** Of each partition in the order of deciding: needs never fall. */
  readonly #held = new Map<number, Held[]>();
  #turns = 0;
  /** What many partitions have brought in one moment leaves as one message to each. */
  readonly #told = new Set<Asker>();
  #flushing: NodeJS.Immediate | undefined;
  /** The last turn that had begun when an epoch of the partition ended. */
  readonly #overWith = new Map<number, number>();

  constructor(leadership: Progress) {
    this.#leadership = leadership;
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
    for (const { waiting, reply } of held.splice(0, met < 0 ? held.length : met)) {
      deliver(waiting, reply, askers);
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
    for (const { waiting } of held) deliver(waiting, REFUSED.storageUnavailable, askers);
  }
}

function deliver({ submission }: Waiting, reply: Reply, askers: Set<Asker>): void {
  submission.asker.answer(submission.index, reply);
  askers.add(submission.asker);
}
