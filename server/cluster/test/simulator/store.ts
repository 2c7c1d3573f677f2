/**
 * A store: a disk, a clock, and the process that runs on them, if one does. What is sent to a store
 * reaches the node that runs there at that moment, whoever it was meant for.
 */
import { Boot } from "./boot.ts";
import { Disk } from "./disk.ts";
import { LocalClock } from "./local-clock.ts";
import { Node } from "./node.ts";
import { Process } from "./process.ts";
import type { Surroundings } from "./surroundings.ts";

export class Store {
  readonly id: string;
  readonly clock: LocalClock;
  disk: Disk;
  /** Its disk is gone, or not the one that ran last: nobody knows what it promised. */
  isLost = false;
  readonly #around: Surroundings;
  #process: Process | undefined;
  #node: Node | undefined;

  constructor(around: Surroundings, id: string) {
    this.#around = around;
    this.id = id;
    this.clock = new LocalClock(around.world, around.rules.maxClockOffsetMs / 2 - 1);
    this.disk = this.#newDisk();
  }

  /** What runs and has become an incarnation. */
  get node(): Node | undefined {
    return this.#node;
  }

  get isRunning(): boolean {
    return this.#process !== undefined && !this.#process.isPaused;
  }

  get isPaused(): boolean {
    return this.#process?.isPaused === true;
  }

  start(): void {
    if (this.#process !== undefined) return;
    const { world, coordinator } = this.#around;
    world.trace(() => `${this.id} starts`);
    const process = new Process(world);
    this.#process = process;
    this.clock.restart();
    const crash = (): void => this.crash(20);
    new Boot(world, coordinator, process, this, crash).run((boot) => {
      world.trace(() => `${this.id} boots as ${boot}`);
      this.disk.earlier.push(this.disk.image.copy());
      this.#node = new Node(this.#around, this, process, boot);
      this.#node.start();
    });
  }

  /** Ends at once; a new process starts after a while. Infinity = somebody else starts it. */
  crash(downMs: number): void {
    if (this.#process === undefined) return;
    this.#around.world.trace(() => `${this.id} crashes`);
    this.#process.end();
    this.#process = undefined;
    this.#node = undefined;
    this.disk.cutPower();
    if (downMs < Infinity) this.#around.world.after(downMs, () => this.start());
  }

  pause(): void {
    this.#around.world.trace(() => `${this.id} stands still`);
    this.#process?.pause();
  }

  resume(): void {
    if (this.#process?.isPaused !== true) return;
    this.#around.world.trace(() => `${this.id} goes on`);
    this.#process.resume();
  }

  /** The disk becomes what it was before this run. */
  rollBack(): void {
    const before = this.disk.earlier.at(-2);
    if (before === undefined) return;
    this.crash(Infinity);
    this.isLost = true;
    this.disk = this.#newDisk();
    this.disk.image = before.copy();
    this.#around.world.trace(() => `${this.id} is rolled back`);
  }

  /** On what the disk was before this run, under the same id. */
  startCopy(): void {
    const before = this.disk.earlier.at(-2);
    if (before === undefined) return;
    this.isLost = true;
    const copy = new Store(this.#around, this.id);
    copy.isLost = true;
    copy.disk.image = before.copy();
    copy.start();
  }

  /** The disk is empty: whoever starts on it is another store. */
  destroy(): void {
    this.crash(Infinity);
    this.isLost = true;
    this.disk = this.#newDisk();
    this.#around.world.trace(() => `${this.id} is lost`);
  }

  /** For what runs here at that moment. */
  deliver(act: (node: Node) => void): void {
    this.#process?.input(() => {
      if (this.#node !== undefined) act(this.#node);
    });
  }

  #newDisk(): Disk {
    const { world, promises, syncMs } = this.#around;
    return new Disk(world, syncMs, (image) => promises.synced(this, image));
  }
}
