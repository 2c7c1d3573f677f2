/**
 * Brings durable layers of the overlay into LevelDB: one write at a time, in order, each synced.
 *
 *     open → reopening → open …            → closed
 *
 * Never writes on a handle after a write on it failed: LevelDB acknowledged later writes that were
 * gone after a kill. It is closed and opened again, everything the journal retains is replayed, and
 * the layers that this covers count as applied. Until then reads wait and grants are refused.
 *
 * S1  A layer is written only when every turn in it is durable, its mark in the same batch.
 */
import { setTimeout as delay } from "node:timers/promises";
import { ClaimdError } from "../errors.ts";
import type { Layer } from "./layer.ts";
import type { LevelHandle } from "./level-database.ts";
import type { Overlay } from "./overlay.ts";

export interface ApplierLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface ApplierOptions {
  readonly handle: LevelHandle;
  /** As of the start: LevelDB has everything up to it. */
  readonly appliedSequence: number;
  readonly overlay: Overlay;
  /** Opens LevelDB anew and replays the journal; resolves with the last frame it then has. */
  readonly reopen: () => Promise<{ readonly handle: LevelHandle; readonly sequence: number }>;
  /** A handle failed: no turn goes on building on it. */
  readonly sealOpenLayer: () => void;
  /** The mark has moved. */
  readonly onApplied: (sequence: number) => void;
  /** LevelDB can't be used any more, whatever is tried: the process must end. */
  readonly onDamage: (error: ClaimdError) => void;
  readonly log: ApplierLog;
}

const BACKOFF_MS = { first: 100, most: 10_000 };

export class Applier {
  readonly #options: ApplierOptions;
  /** Undefined while LevelDB is being opened again. */
  #handle: LevelHandle | undefined;
  #appliedSequence: number;
  #durableSequence: number;
  #running: Promise<void> | undefined;
  #reopening: Promise<void> | undefined;
  /** Called when the durable end moves, while a reopening waits for that. */
  #onDurable: (() => void) | undefined;
  /** Those who wait for layers to be applied. */
  #onProgress: (() => void)[] = [];
  #closing = false;
  readonly #closingSignal = new AbortController();

  constructor(options: ApplierOptions) {
    this.#options = options;
    this.#handle = options.handle;
    this.#appliedSequence = options.appliedSequence;
    this.#durableSequence = options.appliedSequence;
  }

  get appliedSequence(): number {
    return this.#appliedSequence;
  }

  /** What new layers build their batch on. */
  get handle(): LevelHandle | undefined {
    return this.#handle;
  }

  /** Resolves when LevelDB can be used; at once if it can. */
  async ready(): Promise<LevelHandle> {
    while (this.#handle === undefined) {
      if (this.#reopening === undefined) {
        throw closed();
      }
      await this.#reopening;
    }
    return this.#handle;
  }

  /** Everything up to the frame is durable. */
  durable(sequence: number): void {
    this.#durableSequence = Math.max(this.#durableSequence, sequence);
    this.#onDurable?.();
    this.wake();
  }

  /** There may be something to write. */
  wake(): void {
    if (this.#running !== undefined || this.#reopening !== undefined || this.#closing) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      // What came after the last look would otherwise wait for somebody else to wake this.
      if (this.#nextLayer() !== undefined) this.wake();
    });
  }

  /** Resolves when LevelDB has all layers begun so far. Rejects when it is closed before. */
  async appliedAll(): Promise<void> {
    const { overlay } = this.#options;
    const until = overlay.begun;
    while (overlay.appliedLayers < until) {
      if (this.#closing) throw closed();
      this.wake();
      await new Promise<void>((resolve) => this.#onProgress.push(resolve));
    }
  }

  /**
   * A write beside the layers failed, or a read found the handle unusable. Nothing is done when the
   * handle has been replaced meanwhile.
   */
  failed(handle: LevelHandle, error: unknown): void {
    if (handle !== this.#handle || this.#closing) return;
    this.#options.log.warn({ error }, "LevelDB failed: opening it again");
    this.#handle = undefined;
    this.#options.sealOpenLayer();
    this.#reopening = this.#reopen(handle).finally(() => {
      this.#reopening = undefined;
      this.wake();
    });
  }

  /** Writes what may be written, so that the next start has less to replay. */
  async close(): Promise<void> {
    this.wake();
    if (this.#handle !== undefined) await this.#running;
    this.#closing = true;
    this.#closingSignal.abort();
    this.#onDurable?.();
    this.#progress();
    await this.#running;
    await this.#reopening;
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  /** What may be written now. */
  #nextLayer(): Layer | undefined {
    const layer = this.#options.overlay.nextToApply;
    if (layer === undefined || this.#handle === undefined) return undefined;
    return layer.sealed && layer.sequence <= this.#durableSequence ? layer : undefined;
  }

  async #run(): Promise<void> {
    const { overlay } = this.#options;
    for (;;) {
      const layer = this.#nextLayer();
      const handle = this.#handle;
      if (layer === undefined || handle === undefined) return;
      layer.bind(handle);
      try {
        await layer.write();
      } catch (error) {
        this.failed(handle, error);
        return;
      }
      // Another write may have failed meanwhile: then this one is worth nothing either.
      if (handle !== this.#handle) return;
      overlay.applied();
      this.#moved(layer.sequence);
    }
  }

  #progress(): void {
    const waiting = this.#onProgress;
    this.#onProgress = [];
    for (const resolve of waiting) resolve();
  }

  #moved(sequence: number): void {
    this.#progress();
    if (sequence <= this.#appliedSequence) return;
    this.#appliedSequence = sequence;
    this.#options.onApplied(sequence);
  }

  async #reopen(failed: LevelHandle): Promise<void> {
    const { log, onDamage, reopen } = this.#options;
    await this.#running;
    // A batch can't move to another handle, so the journal must have all that is in one.
    while (!this.#closing && !this.#boundLayersAreDurable()) {
      await new Promise<void>((resolve) => {
        this.#onDurable = resolve;
      });
    }
    this.#onDurable = undefined;
    await failed.close().catch((error: unknown) => {
      log.warn({ error }, "LevelDB can't be closed");
    });
    for (let waitMs = BACKOFF_MS.first; !this.#closing; ) {
      try {
        const { handle, sequence } = await reopen();
        this.#cover(sequence);
        this.#handle = handle;
        log.info({ sequence }, "LevelDB is open again");
        return;
      } catch (error) {
        if (error instanceof ClaimdError && error.code === "RECORDS_DAMAGED") {
          onDamage(error);
          return;
        }
        log.warn({ error, waitMs }, "LevelDB can't be opened");
      }
      await delay(waitMs, undefined, { signal: this.#closingSignal.signal }).catch(() => undefined);
      waitMs = Math.min(waitMs * 2, BACKOFF_MS.most);
    }
  }

  #boundLayersAreDurable(): boolean {
    return this.#options.overlay
      .unapplied()
      .every((layer) => !layer.bound || (layer.sealed && layer.sequence <= this.#durableSequence));
  }

  /** The replay has brought these layers to LevelDB. */
  #cover(sequence: number): void {
    const { overlay } = this.#options;
    for (;;) {
      const layer = overlay.nextToApply;
      if (layer === undefined || !layer.sealed || layer.sequence > sequence) break;
      overlay.applied();
    }
    this.#moved(sequence);
  }
}

function closed(): ClaimdError {
  return new ClaimdError("STORAGE_UNAVAILABLE", "the records are closed");
}
