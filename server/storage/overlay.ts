/**
 * The overlay: everything decided that LevelDB may not have yet, a stack of layers. What it says
 * of a key is newer than anything read from LevelDB.
 *
 * S2  A write is visible from the moment it is staged on, and stays visible: a layer is dropped
 *     only when LevelDB has it and every read that began before has ended. A read that begins
 *     later asks LevelDB, though it may still see the layer: it can't rely on that until it ends.
 *     So what was read counts where the overlay has nothing at the moment of deciding.
 */
import { assert } from "../errors.ts";
import { Layer, type StoredRecord } from "./layer.ts";
import type { LevelHandle } from "./level-database.ts";

export class Overlay {
  /** Oldest first. */
  #layers: Layer[] = [];
  /** Layers ever dropped: the first in `#layers` has this number. */
  #dropped = 0;
  /** Layers ever applied. */
  #applied = 0;
  /** Of each read under way, how many layers were applied when it began. */
  readonly #reads = new Set<{ readonly applied: number }>();

  get(id: string): StoredRecord | undefined {
    for (let at = this.#layers.length - 1; at >= 0; at -= 1) {
      const found = this.#layers[at]?.records.get(id);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /**
   * Whether the overlay will still have the key when a read that begins now ends: LevelDB need not
   * be asked. What LevelDB has already may be dropped meanwhile.
   */
  holds(id: string): boolean {
    for (let at = this.#layers.length - 1; at >= this.#applied - this.#dropped; at -= 1) {
      if (this.#layers[at]?.records.has(id) === true) return true;
    }
    return false;
  }

  /** The layer that turns write into, if there is one. */
  get open(): Layer | undefined {
    const newest = this.#layers.at(-1);
    return newest?.sealed === false ? newest : undefined;
  }

  /** `handle` undefined = LevelDB is away: the layer keeps its operations until there is one. */
  begin(handle: LevelHandle | undefined): Layer {
    assert(this.open === undefined, "one layer is open at a time");
    const layer = new Layer(handle);
    this.#layers.push(layer);
    return layer;
  }

  /** The oldest layer that LevelDB does not have. */
  get nextToApply(): Layer | undefined {
    return this.#layers[this.#applied - this.#dropped];
  }

  /** LevelDB has the layer that was next. */
  applied(): void {
    assert(this.nextToApply?.sealed === true, "layers are applied in order, and sealed before");
    this.#applied += 1;
    this.#drop();
  }

  /** How many layers there ever were, and how many of them LevelDB has. */
  get begun(): number {
    return this.#dropped + this.#layers.length;
  }

  get appliedLayers(): number {
    return this.#applied;
  }

  /** Those LevelDB does not have, oldest first. */
  unapplied(): readonly Layer[] {
    return this.#layers.slice(this.#applied - this.#dropped);
  }

  /**
   * Before LevelDB or the overlay is looked at; the function it gives ends it, once what was found
   * has been used.
   */
  beginRead(): () => void {
    const read = { applied: this.#applied };
    this.#reads.add(read);
    return () => {
      if (this.#reads.delete(read)) this.#drop();
    };
  }

  get records(): number {
    return this.#layers.reduce((sum, layer) => sum + layer.records.size, 0);
  }

  get bytes(): number {
    return this.#layers.reduce((sum, layer) => sum + layer.bytes, 0);
  }

  /** A read sees LevelDB with all the layers that were applied when it began: those may go. */
  #drop(): void {
    let until = this.#applied;
    for (const read of this.#reads) until = Math.min(until, read.applied);
    if (until === this.#dropped) return;
    this.#layers = this.#layers.slice(until - this.#dropped);
    this.#dropped = until;
  }
}
