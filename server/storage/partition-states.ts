/**
 * What a node knows of each partition beside its records: how far its log, its fencing tokens and
 * its clock have got.
 *
 * I4 must stay true: token, index and stamp never fall, whatever is replayed and in which order.
 * Every start skips 2^20 tokens, so that none is given twice that an unanswered tail had given.
 */
import { assert } from "../errors.ts";
import { LIMITS, PARTITIONS } from "../limits.ts";

export class PartitionStates {
  /** The last entry of the partition's log; the next one has the next index. */
  readonly index = new Float64Array(PARTITIONS);
  /** The highest fencing token handed out. */
  readonly token = new Float64Array(PARTITIONS);
  /** Stands in every entry; a single node has epoch 0. */
  readonly epoch = new Float64Array(PARTITIONS);
  /** The node's clock at the last entry. */
  readonly stampMs = new Float64Array(PARTITIONS);

  /** The highest token so far: a grant made now gets the next one. */
  tokenOf(partition: number): number {
    return this.token[partition] as number;
  }

  /** The next entry of the partition's log, `token` being what its record carries. */
  advance(partition: number, token: number, nowMs: number): void {
    assert(token <= LIMITS.token.max, "fencing tokens last for ever");
    this.index[partition] = (this.index[partition] as number) + 1;
    raise(this.token, partition, token);
    raise(this.stampMs, partition, nowMs);
  }

  /** What is known from elsewhere, a snapshot or the journal, may be older: the highest counts. */
  raise(partition: number, to: PartitionState): void {
    assert(partition >= 0 && partition < PARTITIONS, `partition ${partition} of ${PARTITIONS}`);
    raise(this.index, partition, to.index);
    raise(this.token, partition, to.token);
    raise(this.epoch, partition, to.epoch);
    raise(this.stampMs, partition, to.stampMs);
  }

  at(partition: number): PartitionState {
    return {
      index: this.index[partition] as number,
      token: this.token[partition] as number,
      epoch: this.epoch[partition] as number,
      stampMs: this.stampMs[partition] as number,
    };
  }

  /** Once at each start. */
  skipTokens(tokens: number): void {
    for (let each = 0; each < PARTITIONS; each += 1) {
      this.token[each] = (this.token[each] as number) + tokens;
    }
  }
}

export interface PartitionState {
  readonly index: number;
  readonly token: number;
  readonly epoch: number;
  readonly stampMs: number;
}

function raise(values: Float64Array, at: number, to: number): void {
  if (to > (values[at] as number)) values[at] = to;
}
