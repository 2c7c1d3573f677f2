/**
 * A disk with one journal: writes in their order, of which a sync secures all that were given
 * before it began. A power cut keeps what is secured and, of the rest, as many of the first writes
 * as chance has it: what is torn counts as not written.
 *
 * Must stay true: a write's `then` runs only once the write is in `image`.
 */
import { ReplicaImage, type StoreWrite } from "./image.ts";
import type { World } from "./world.ts";

interface Waiting {
  readonly writes: readonly StoreWrite[];
  readonly then: () => void;
}

export class Disk {
  /** What a start finds. */
  image = new ReplicaImage();
  /** As it was when an earlier run began; what a careless restore brings back. */
  readonly earlier: ReplicaImage[] = [];
  /** The next sync that ends fails. */
  isBroken = false;
  stalledUntilMs = 0;
  /** The last time a sync ended well. */
  syncedAtMs = 0;
  readonly #world: World;
  readonly #syncMs: readonly [least: number, most: number];
  readonly #onSynced: (image: ReplicaImage) => void;
  #waiting: Waiting[] = [];
  #run = 0;
  #isSyncing = false;

  constructor(
    world: World,
    syncMs: readonly [least: number, most: number],
    onSynced: (image: ReplicaImage) => void,
  ) {
    this.#world = world;
    this.#syncMs = syncMs;
    this.#onSynced = onSynced;
  }

  get isStalled(): boolean {
    return this.stalledUntilMs > this.#world.nowMs;
  }

  /** `onFailure`: nobody knows what is on disk. */
  write(writes: readonly StoreWrite[], then: () => void, onFailure: () => void): void {
    this.#waiting.push({ writes, then });
    if (!this.#isSyncing) this.#sync(onFailure);
  }

  /** What was secured stays, and some of what was written since. */
  cutPower(): void {
    const survive = this.#world.random.below(this.#waiting.length + 1);
    for (const { writes } of this.#waiting.splice(0, survive)) this.#apply(writes);
    this.#waiting = [];
    this.#run += 1;
    this.#isSyncing = false;
  }

  #sync(onFailure: () => void): void {
    this.#isSyncing = true;
    const count = this.#waiting.length;
    const run = this.#run;
    const stallMs = Math.max(0, this.stalledUntilMs - this.#world.nowMs);
    this.#world.after(stallMs + this.#world.between(...this.#syncMs), () => {
      if (run !== this.#run) return;
      if (this.isBroken) {
        this.isBroken = false;
        onFailure();
        return;
      }
      this.#isSyncing = false;
      const done = this.#waiting.splice(0, count);
      for (const { writes } of done) this.#apply(writes);
      this.syncedAtMs = this.#world.nowMs;
      this.#onSynced(this.image);
      if (this.#waiting.length > 0) this.#sync(onFailure);
      for (const { then } of done) then();
    });
  }

  #apply(writes: readonly StoreWrite[]): void {
    for (const write of writes) this.image.apply(write);
  }
}
