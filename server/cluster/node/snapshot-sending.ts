/**
 * Sends the state of partitions that this node leads to members whose logs end before its own
 * begins: a few at a time, each in chunks that the member asks for one by one.
 *
 *     asked ─▶ waits its turn ─▶ exported ─▶ chunk 0, then each that is wanted ─▶ over
 *                                               └──▶ nothing wanted for long: given up
 *
 * Never decides who needs one, nor whether it is taken: the protocol does (core/leader.ts,
 * core/follower.ts), and asks again for what got lost.
 */
import type { Log } from "../../log.ts";
import type { PartitionExport } from "../../storage/partition-export.ts";
import type { WholePartitions } from "../../storage/whole-partitions.ts";
import type { Effect } from "../core/effects.ts";
import type { LogRecord } from "../log-record.ts";
import type { ChunkWanted, SnapshotChunk } from "../peers/peer-message.ts";

type Asked = Extract<Effect<LogRecord, never>, { type: "sendSnapshot" }>;
type Target = Omit<Asked, "type"> & { readonly partition: number };

export interface SnapshotSendingParts {
  readonly whole: Pick<WholePartitions, "export">;
  readonly send: (store: string, partition: number, message: SnapshotChunk) => void;
  readonly monotonicMs: () => number;
  readonly log: Pick<Log, "warn">;
}

/** Each pins a moment of LevelDB, and reads beside the turns. */
const AT_ONCE = 4;
const CHUNK_BYTES = 256 * 1024;
/** A chunk that was wanted before is sent again after so long. */
const AGAIN_MS = 1000;
const GIVEN_UP_MS = 10_000;

export class SnapshotSending {
  readonly #parts: SnapshotSendingParts;
  /** By partition and store. */
  readonly #waiting = new Map<string, Target>();
  readonly #transfers = new Map<string, Transfer>();
  #count = 0;
  /** Snapshots that their members have taken, or no longer needed. */
  sent = 0;
  #isClosed = false;

  constructor(parts: SnapshotSendingParts) {
    this.#parts = parts;
  }

  ask(partition: number, asked: Asked): void {
    const id = idOf(partition, asked.to);
    const running = this.#transfers.get(id);
    if (running?.isFor(asked) === true) {
      running.sendAgain();
      return;
    }
    running?.end();
    this.#waiting.set(id, { ...asked, partition });
    this.#begin();
  }

  wanted(store: string, partition: number, { transfer, sequence }: ChunkWanted): void {
    const running = this.#transfers.get(idOf(partition, store));
    if (running?.number === transfer) running.wanted(sequence);
  }

  /** The log must keep what stands behind this index while somebody gets what is before. */
  upTo(partition: number): number {
    const indexes = [...this.#transfers.values()]
      .filter(({ target }) => target.partition === partition)
      .map(({ index }) => index);
    return Math.min(Infinity, ...indexes);
  }

  /** Partitions that are being sent, or are to be. */
  get size(): number {
    return this.#transfers.size + this.#waiting.size;
  }

  tick(): void {
    for (const each of this.#transfers.values()) if (each.idleMs > GIVEN_UP_MS) each.end();
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting.clear();
    for (const each of this.#transfers.values()) each.end();
  }

  #begin(): void {
    for (const [id, target] of this.#waiting) {
      if (this.#transfers.size >= AT_ONCE || this.#isClosed) return;
      // An earlier one to the same member is not over yet.
      if (this.#transfers.has(id)) continue;
      this.#waiting.delete(id);
      this.#count += 1;
      const transfer = new Transfer(this.#parts, target, this.#count);
      this.#transfers.set(id, transfer);
      const over = (): void => {
        this.#transfers.delete(id);
        this.#begin();
      };
      const done = (): void => {
        this.sent += 1;
        over();
      };
      transfer.run().then(done, (error: unknown) => {
        const { to: store, partition } = target;
        this.#parts.log.warn({ err: error, store, partition }, "a snapshot is given up");
        over();
      });
    }
  }
}

class Transfer {
  readonly target: Target;
  readonly number: number;
  /** Of the last entry in the snapshot; 0 until that is known. */
  index = 0;
  readonly #parts: SnapshotSendingParts;
  #movedAtMs: number;
  /** The last one sent, and when. */
  #sent: SnapshotChunk | undefined;
  #sentAtMs = 0;
  #onWanted: ((sequence: number | undefined) => void) | undefined;
  #hasEnded = false;

  constructor(parts: SnapshotSendingParts, target: Target, number: number) {
    this.#parts = parts;
    this.target = target;
    this.number = number;
    this.#movedAtMs = parts.monotonicMs();
  }

  get idleMs(): number {
    return this.#parts.monotonicMs() - this.#movedAtMs;
  }

  isFor({ epoch, join }: Asked): boolean {
    return this.target.epoch === epoch && this.target.join === join;
  }

  /** Resolves when the member has all of it, or when it was ended. */
  async run(): Promise<void> {
    const exported = await this.#parts.whole.export(this.target.partition, CHUNK_BYTES);
    try {
      this.index = exported.upTo.index;
      await this.#send(exported);
    } finally {
      await exported.close();
    }
  }

  async #send(exported: PartitionExport): Promise<void> {
    let piece = await exported.chunks.next();
    for (let sequence = 0; !this.#hasEnded; sequence += 1) {
      const records = piece.done === true ? [] : piece.value;
      if (piece.done !== true) piece = await exported.chunks.next();
      const { epoch, join, round } = this.target;
      const { upTo, token, stampMs } = exported;
      this.#sent = {
        ...{ type: "chunk", epoch, join, round, upTo, token, stampMs, sequence, records },
        ...{ transfer: this.number, last: piece.done === true },
      };
      this.#sendNow();
      for (let wanted: number | undefined = sequence; wanted === sequence; ) {
        wanted = await this.#nextWanted();
        if (wanted === undefined || wanted > sequence + 1) return;
        if (wanted === sequence) this.#sendNow();
      }
      if (this.#sent.last) return;
    }
  }

  sendAgain(): void {
    if (this.#parts.monotonicMs() - this.#sentAtMs >= AGAIN_MS) this.#sendNow();
  }

  wanted(sequence: number): void {
    if (this.#sent === undefined || sequence < this.#sent.sequence) return;
    if (sequence > this.#sent.sequence) this.#movedAtMs = this.#parts.monotonicMs();
    this.#onWanted?.(sequence);
  }

  end(): void {
    this.#hasEnded = true;
    this.#onWanted?.(undefined);
  }

  #nextWanted(): Promise<number | undefined> {
    return new Promise((resolve) => {
      this.#onWanted = resolve;
      if (this.#hasEnded) resolve(undefined);
    });
  }

  #sendNow(): void {
    if (this.#sent === undefined) return;
    this.#sentAtMs = this.#parts.monotonicMs();
    this.#parts.send(this.target.to, this.target.partition, this.#sent);
  }
}

function idOf(partition: number, store: string): string {
  return `${partition}/${store}`;
}
