/**
 * What a node knows of each partition beside its records: how far what is applied has got, its
 * fencing tokens and its clock, and what the store has promised as a member of a cluster.
 *
 * I4 must stay true: token, index and stamp never fall, whatever is replayed and in which order.
 * Every start skips 2^20 tokens, so that none is given twice that an unanswered tail had given.
 */
import { assert } from "../errors.ts";
import { LIMITS, PARTITIONS } from "../limits.ts";
import type { InstalledEntry } from "./mark-entry.ts";

export class PartitionStates {
  /** The last entry of the partition's log that is applied. */
  readonly index = new Float64Array(PARTITIONS);
  /** The highest fencing token handed out. */
  readonly token = new Float64Array(PARTITIONS);
  /** Of the last entry that is applied; a single node has epoch 0. */
  readonly epoch = new Float64Array(PARTITIONS);
  /** The node's clock at the last entry. */
  readonly stampMs = new Float64Array(PARTITIONS);
  /** No leader of a lower epoch is listened to. */
  readonly promised = new Float64Array(PARTITIONS);
  /** The membership whose log this is; 0 = none. */
  readonly join = new Float64Array(PARTITIONS);
  /** The last membership that is over. */
  readonly erasedJoin = new Float64Array(PARTITIONS);
  /** 1 = what stands of the partition's records is not its state: not looked at, to be erased. */
  readonly #void = new Uint8Array(PARTITIONS);

  /** The highest token so far: a grant made now gets the next one. */
  tokenOf(partition: number): number {
    return this.token[partition] as number;
  }

  /** Of the last entry that is applied. */
  indexOf(partition: number): number {
    return this.index[partition] as number;
  }

  /** What stands of the partition's records is nobody's. */
  isVoid(partition: number): boolean {
    return this.#void[partition] === 1;
  }

  /** What stands of the partition's records is its state, as far as this store has got. */
  isMember(partition: number): boolean {
    return this.join[partition] !== 0 && !this.isVoid(partition);
  }

  /** Those that are void. */
  voids(): readonly number[] {
    return [...this.#void.keys()].filter((partition) => this.isVoid(partition));
  }

  /** An entry is applied: the next one of the partition's log. */
  advance(partition: number, { index, epoch }: LogPosition): void {
    assert(index === (this.index[partition] as number) + 1, "entries are applied without a hole");
    this.index[partition] = index;
    this.epoch[partition] = epoch;
  }

  /** An entry is in the log, `token` being what its record carries. */
  handOut(partition: number, token: number, nowMs: number): void {
    assert(token <= LIMITS.token.max, "fencing tokens last for ever");
    raise(this.token, partition, token);
    raise(this.stampMs, partition, nowMs);
  }

  promise(partition: number, epoch: number): void {
    raise(this.promised, partition, epoch);
  }

  /** A membership begins with nothing in it, or is over. */
  setMembership(partition: number, join: number, begins: boolean): void {
    this.join[partition] = begins ? join : 0;
    if (!begins) raise(this.erasedJoin, partition, join);
    this.index[partition] = 0;
    this.epoch[partition] = 0;
  }

  /** The partition has nothing from here on. */
  setVoid(partition: number): void {
    this.#void[partition] = 1;
    this.index[partition] = 0;
    this.epoch[partition] = 0;
  }

  /**
   * What stands is the partition's state as of an entry. It may have got further since: when this
   * is replayed, what LevelDB says of it may be newer.
   */
  setInstalled({ partition, index, epoch, token, stampMs }: InstalledEntry): void {
    this.#void[partition] = 0;
    this.raiseApplied(partition, { index, epoch });
    this.handOut(partition, token, stampMs);
  }

  /** An entry is applied that may have been applied before. */
  raiseApplied(partition: number, { index, epoch }: LogPosition): void {
    raise(this.index, partition, index);
    raise(this.epoch, partition, epoch);
  }

  /** What LevelDB says of it. What the journal says comes behind: of numbers the highest counts. */
  raise(partition: number, to: PartitionState): void {
    assert(partition >= 0 && partition < PARTITIONS, `partition ${partition} of ${PARTITIONS}`);
    raise(this.index, partition, to.index);
    raise(this.token, partition, to.token);
    raise(this.epoch, partition, to.epoch);
    raise(this.stampMs, partition, to.stampMs);
    raise(this.promised, partition, to.promised);
    raise(this.join, partition, to.join);
    raise(this.erasedJoin, partition, to.erasedJoin);
    this.#void[partition] = to.isVoid ? 1 : 0;
  }

  at(partition: number): PartitionState {
    return {
      index: this.index[partition] as number,
      token: this.token[partition] as number,
      epoch: this.epoch[partition] as number,
      stampMs: this.stampMs[partition] as number,
      promised: this.promised[partition] as number,
      join: this.join[partition] as number,
      erasedJoin: this.erasedJoin[partition] as number,
      isVoid: this.isVoid(partition),
    };
  }

  /** Once at each start. */
  skipTokens(tokens: number): void {
    for (let each = 0; each < PARTITIONS; each += 1) {
      this.token[each] = (this.token[each] as number) + tokens;
    }
  }
}

/** An entry's place in a partition's log. */
export interface LogPosition {
  readonly index: number;
  readonly epoch: number;
}

export interface PartitionState extends LogPosition {
  readonly token: number;
  readonly stampMs: number;
  readonly promised: number;
  readonly join: number;
  readonly erasedJoin: number;
  readonly isVoid: boolean;
}

function raise(values: Float64Array, at: number, to: number): void {
  if (to > (values[at] as number)) values[at] = to;
}
