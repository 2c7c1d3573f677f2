/**
 * What a node knows of each partition beside its records: how far what is applied has got, its
 * fencing tokens and its clock, and what the store has promised as a member of a cluster.
 *
 * I4 must stay true: token, index and stamp never fall, whatever is replayed and in which order.
 * Every start skips 2^20 tokens, so that none is given twice that an unanswered tail had given.
 */
import { assert } from "../errors.ts";
import { LIMITS, PARTITIONS } from "../limits.ts";

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

  /** The highest token so far: a grant made now gets the next one. */
  tokenOf(partition: number): number {
    return this.token[partition] as number;
  }

  /** Of the last entry that is applied. */
  indexOf(partition: number): number {
    return this.index[partition] as number;
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

  /** An entry is applied that may have been applied before. */
  raiseApplied(partition: number, { index, epoch }: LogPosition): void {
    raise(this.index, partition, index);
    raise(this.epoch, partition, epoch);
  }

  /** What is known from elsewhere, a snapshot or the journal, may be older: the highest counts. */
  raise(partition: number, to: PartitionState): void {
    assert(partition >= 0 && partition < PARTITIONS, `partition ${partition} of ${PARTITIONS}`);
    raise(this.index, partition, to.index);
    raise(this.token, partition, to.token);
    raise(this.epoch, partition, to.epoch);
    raise(this.stampMs, partition, to.stampMs);
    raise(this.promised, partition, to.promised);
    raise(this.join, partition, to.join);
    raise(this.erasedJoin, partition, to.erasedJoin);
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
}

function raise(values: Float64Array, at: number, to: number): void {
  if (to > (values[at] as number)) values[at] = to;
}
