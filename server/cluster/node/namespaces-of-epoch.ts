/**
 * Which partitions may be decided in by the namespaces as they are known here: an epoch that has
 * begun waits until all of them have been read anew, as the leader before may have known more.
 */
import { setTimeout as delay } from "node:timers/promises";
import { resolves } from "../patience.ts";

const AGAIN_MS = 200;

export class NamespacesOfEpoch {
  /** Resolves when what etcd has by the time of the call is known here. */
  readonly #refresh: () => Promise<void>;
  readonly #epochs = new Map<number, number>();
  readonly #ending = new AbortController();

  constructor(refresh: () => Promise<void>) {
    this.#refresh = refresh;
  }

  /** Until it has worked. */
  async read(partition: number, epoch = 0): Promise<void> {
    while (!this.#ending.signal.aborted) {
      if (await resolves(this.#refresh())) {
        this.#epochs.set(partition, Math.max(epoch, this.#epochs.get(partition) ?? 0));
        return;
      }
      await delay(AGAIN_MS);
    }
  }

  areRead(partition: number, epoch = 0): boolean {
    return (this.#epochs.get(partition) ?? -1) >= epoch;
  }

  close(): void {
    this.#ending.abort();
  }
}
