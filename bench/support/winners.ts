/**
 * The oracle of every load: of the claims of a key exactly one is told that it is the first.
 *
 * Speed without this is no result: a run whose oracle complains has failed, whatever its numbers.
 * A claim that got no answer may have won: of its key it is only known that no more than one other
 * has.
 */

const SHOWN = 5;
/** In pages, so that no growing array is copied while something is measured. */
const PAGE_BITS = 16;
const PAGE_KEYS = 1 << PAGE_BITS;

/** In the place of one that was judged and forgotten. */
const FORGOTTEN = new Uint8Array(0);

const NEVER_ASKED = 0;
const NO_WINNER = 1;
const ONE_WINNER = 2;
const SEVERAL_WINNERS = 3;

export class Winners {
  readonly #pages: Uint8Array[] = [];
  readonly #unanswered = new Set<number>();
  readonly #severalShown: number[] = [];
  readonly #wrong: string[] = [];
  #asked = 0;
  #several = 0;
  #wrongAnswers = 0;
  #forgottenPages = 0;
  /** On forgotten pages. */
  readonly #lostShown: number[] = [];
  #lost = 0;

  /** One claim of the key was answered. */
  note(key: number, first: boolean): void {
    const page = this.#pages[key >>> PAGE_BITS] ?? this.#newPage(key >>> PAGE_BITS);
    const place = key & (PAGE_KEYS - 1);
    const before = page[place];
    if (before === NEVER_ASKED) {
      this.#asked++;
      page[place] = first ? ONE_WINNER : NO_WINNER;
      return;
    }
    if (!first || before === SEVERAL_WINNERS) return;
    if (before === NO_WINNER) {
      page[place] = ONE_WINNER;
      return;
    }
    page[place] = SEVERAL_WINNERS;
    this.#several++;
    if (this.#severalShown.length < SHOWN) this.#severalShown.push(key);
  }

  /** One claim of the key was not answered, and nobody knows what became of it. */
  noteUnanswered(key: number): void {
    this.#unanswered.add(key);
  }

  /** An answer that is wrong in another way, such as a duplicate's with another result. */
  noteWrong(what: string): void {
    this.#wrongAnswers++;
    if (this.#wrong.length < SHOWN) this.#wrong.push(what);
  }

  /**
   * Judges the keys below, as far as whole pages go, and needs no memory for them any more: none of
   * them is asked for again, and no answer is missing that could still come.
   */
  forgetBelow(key: number): void {
    const before = Math.min(Math.floor(key / PAGE_KEYS), this.#pages.length);
    if (before <= this.#forgottenPages) return;
    for (; this.#forgottenPages < before; this.#forgottenPages++) {
      const lost = this.#withoutWinnerOn(this.#forgottenPages);
      this.#lost += lost.length;
      this.#lostShown.push(...lost.slice(0, SHOWN - this.#lostShown.length));
      this.#pages[this.#forgottenPages] = FORGOTTEN;
    }
    const firstKept = before * PAGE_KEYS;
    for (const each of this.#unanswered) if (each < firstKept) this.#unanswered.delete(each);
  }

  /** Keys with at least one answer. */
  get keys(): number {
    return this.#asked;
  }

  /** Once all claims have their answers, or never will. Empty when all is well. */
  problems(): string[] {
    const left = this.#pages.flatMap((_, at) => this.#withoutWinnerOn(at));
    const none = this.#lost + left.length;
    const problems: string[] = [];
    if (none + this.#several > 0) {
      const shown = [...this.#lostShown, ...left].slice(0, SHOWN);
      problems.push(
        `of ${this.#asked} keys ${none} have no winner and ${this.#several} more than one`,
        ...this.#severalShown.map((key) => `key ${key} has several winners`),
        ...shown.map((key) => `key ${key} has no winner`),
      );
    }
    if (this.#wrongAnswers > 0) {
      problems.push(`${this.#wrongAnswers} answers are wrong`, ...this.#wrong);
    }
    return problems;
  }

  #withoutWinnerOn(at: number): number[] {
    const page = this.#pages[at] ?? FORGOTTEN;
    const keys: number[] = [];
    for (let place = page.indexOf(NO_WINNER); place >= 0; ) {
      const key = at * PAGE_KEYS + place;
      if (!this.#unanswered.has(key)) keys.push(key);
      place = page.indexOf(NO_WINNER, place + 1);
    }
    return keys;
  }

  #newPage(at: number): Uint8Array {
    // Without holes: an array with holes is slower to read.
    while (this.#pages.length <= at) this.#pages.push(new Uint8Array(PAGE_KEYS));
    return this.#pages[at] ?? new Uint8Array(PAGE_KEYS);
  }
}
