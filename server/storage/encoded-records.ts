/**
 * Records as the overlay keeps them: encoded, one behind the other in large pieces of memory.
 *
 * Most are never looked at again before LevelDB has them. As objects each is half a dozen, which
 * the collector of garbage copies again and again while they wait: a fifth of the turn's time.
 *
 * Must stay true: a piece is only ever written behind what it holds, and is let go of with the last
 * record in it.
 */
import type { ClaimRecord } from "./claim-record.ts";
import type { StoredRecord } from "./layer.ts";
import { parseRecord } from "./record-format.ts";

const PIECE_BYTES = 64 * 1024;

export class EncodedRecord implements StoredRecord {
  readonly generation: number;
  readonly bytes: number;
  readonly #piece: Buffer;
  readonly #at: number;
  #record: ClaimRecord | undefined;

  constructor(generation: number, piece: Buffer, at: number, bytes: number) {
    this.generation = generation;
    this.bytes = bytes;
    this.#piece = piece;
    this.#at = at;
  }

  get value(): Buffer {
    return this.#piece.subarray(this.#at, this.#at + this.bytes);
  }

  get record(): ClaimRecord {
    this.#record ??= parseRecord(this.value);
    return this.#record;
  }
}

export class EncodedRecords {
  #piece = Buffer.alloc(0);
  #end = 0;

  /** Copies the value. */
  add(generation: number, value: Uint8Array): EncodedRecord {
    if (this.#end + value.length > this.#piece.length) {
      this.#piece = Buffer.allocUnsafeSlow(Math.max(PIECE_BYTES, value.length));
      this.#end = 0;
    }
    const at = this.#end;
    this.#piece.set(value, at);
    this.#end = at + value.length;
    return new EncodedRecord(generation, this.#piece, at, value.length);
  }
}
