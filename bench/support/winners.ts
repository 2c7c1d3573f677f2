/**
 * The oracle of every load: exactly one of the claims of a key is told that it is the first.
 *
 * Speed without this is no result: a run whose oracle complains has failed, whatever its numbers.
 */

const SHOWN = 5;

export class Winners {
  #wins = new Uint8Array(1 << 16);

  note(key: number, first: boolean): void {
    if (key >= this.#wins.length) this.#grow(key);
    if (!first) return;
    const wins = this.#wins[key] ?? 0;
    // Saturates: 300 winners of a key must not look like 44, or worse, like none.
    if (wins < 255) this.#wins[key] = wins + 1;
  }

  /** Of keys 0 to `keys`, all of whose claims have been answered. Empty when all is well. */
  problems(keys: number): string[] {
    let none = 0;
    let several = 0;
    const shown: string[] = [];
    for (let key = 0; key < keys; key++) {
      const wins = this.#wins[key] ?? 0;
      if (wins === 1) continue;
      if (wins === 0) none++;
      else several++;
      if (shown.length < SHOWN) shown.push(`key ${key} has ${wins} winners`);
    }
    if (none + several === 0) return [];
    return [`of ${keys} keys ${none} have no winner and ${several} more than one`, ...shown];
  }

  #grow(key: number): void {
    const larger = new Uint8Array(Math.max(key + 1, this.#wins.length * 2));
    larger.set(this.#wins);
    this.#wins = larger;
  }
}
