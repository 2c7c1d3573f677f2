/** What a turn has to say once it is durable, in the order of deciding. */
import type { Reply } from "../claim/reply.ts";
import type { HeldAnswers } from "./held-answers.ts";
import { REFUSED } from "./refusals.ts";
import type { Asker } from "./submission.ts";
import type { Waiting } from "./waiting.ts";

/** On what a member's answer rests: the entry up to which its partition's log must be committed. */
export interface Rest {
  readonly index: number;
  /** Nobody else may have led since it was asked (R12). */
  readonly onRound: boolean;
}

/** Rests on nothing that is not committed. */
export const AT_ONCE: Rest = { index: 0, onRound: false };

export class Answers {
  readonly #waiting: Waiting[] = [];
  readonly #replies: Reply[] = [];
  readonly #rests: Rest[] = [];
  /** Of a member: the round that was asked for each partition behind this turn's writes. */
  readonly #rounds = new Map<number, number>();

  /** `rest` counts on a member only. */
  add(waiting: Waiting, reply: Reply, rest = AT_ONCE): void {
    this.#waiting.push(waiting);
    this.#replies.push(reply);
    if (rest !== AT_ONCE) this.#rests[this.#waiting.length - 1] = rest;
  }

  /** Asks for a round in every partition that needs one. */
  askRounds(ask: (partition: number) => number): void {
    this.#rests.forEach(({ onRound }, at) => {
      const { partition } = this.#waiting[at] as Waiting;
      if (onRound && !this.#rounds.has(partition)) this.#rounds.set(partition, ask(partition));
    });
  }

  /** A single node's: what is durable is committed. */
  send(): void {
    const askers = new Set<Asker>();
    this.#waiting.forEach((waiting, at) => {
      const { asker, index } = waiting.submission;
      asker.answer(index, this.#replies[at] ?? REFUSED.storageUnavailable);
      askers.add(asker);
    });
    for (const asker of askers) asker.flush();
  }

  /** A member's: each when what it rests on is committed. `turn`: when it was decided. */
  sendThrough(held: HeldAnswers, turn: number): void {
    const askers = new Set<Asker>();
    this.#waiting.forEach((waiting, at) => {
      const { index, onRound } = this.#rests[at] ?? AT_ONCE;
      const round = onRound ? (this.#rounds.get(waiting.partition) ?? 0) : 0;
      held.add(waiting, this.#replies[at] as Reply, { index, round, turn }, askers);
    });
    for (const asker of askers) asker.flush();
  }

  /** The turn may or may not be on disk: nobody is told more than that. */
  sendUnknown(): void {
    this.#replies.length = 0;
    this.send();
  }
}
