/**
 * What is known of a cluster: its partitions, its nodes, and who leads what.
 *
 * A hint and never the truth: a node that is asked in error says so. It is told by any node, in any
 * order, late or not at all; of each partition the highest epoch counts, of the nodes the highest
 * version. Asks nobody, never throws: what is malformed changes nothing.
 *
 * Must stay true: epochs and version never fall, and P never changes. An epoch has one leader: a
 * second word on the same epoch is taken only where the first named nobody who can be reached.
 */
import type { Topology__Output as TopologyMessage } from "@claimd/proto";
import { isAddress } from "./address.ts";
import { LIMITS } from "./limits.ts";

export type Adopted = "changed" | "unchanged" | "malformed";

export class Topology {
  #version = -1;
  #partitions = 0;
  /** Address by id; empty = the node is not there at the moment. */
  #nodes: ReadonlyMap<string, string> = new Map();
  #addresses: readonly string[] = [];
  /** By partition: a node's id, or its address where only that was told. */
  #leaders: (string | undefined)[] = [];
  #epochs: number[] = [];
  /** By partition: ids of the nodes in sync, where that was told. */
  #replicas: readonly (readonly string[])[] = [];

  /** P; 0 = nothing is known yet. */
  get partitions(): number {
    return this.#partitions;
  }

  get version(): number {
    return this.#version;
  }

  /** Where the nodes are reached. */
  get addresses(): readonly string[] {
    return this.#addresses;
  }

  get nodes(): number {
    return this.#nodes.size;
  }

  /** -1 = nothing is known. */
  epochOf(partition: number): number {
    return this.#epochs[partition] ?? -1;
  }

  /** Where the partition's leader is reached; undefined = nobody knows. */
  addressOf(partition: number): string | undefined {
    const leader = this.#leaders[partition];
    return leader === undefined ? undefined : this.#addressBy(leader);
  }

  /** Where those are reached that may answer for the partition's leader; empty = not known. */
  replicasOf(partition: number): readonly string[] {
    return (this.#replicas[partition] ?? []).flatMap((id) => this.#addressBy(id) ?? []);
  }

  /** A node that leads something, or could. */
  mayNeed(address: string): boolean {
    return this.#addresses.includes(address) || this.#leaders.includes(address);
  }

  /** What WatchTopology said. */
  adopt(message: TopologyMessage): Adopted {
    const { version, partitions, nodes, leaders, epochs } = message;
    if (!isWellFormed(message) || (this.#partitions !== 0 && partitions !== this.#partitions)) {
      return "malformed";
    }
    this.#partitions = partitions;
    let changed = false;
    if (version > this.#version) {
      changed = this.#setNodes(new Map(nodes.map(({ id, address }) => [id, address])));
      this.#version = version;
      this.#replicas = replicasOf(message);
    }
    for (let partition = 0; partition < partitions; partition++) {
      const leader = nodes[(leaders[partition] as number) - 1]?.id;
      if (this.#take(partition, leader, epochs[partition] as number)) changed = true;
    }
    return changed ? "changed" : "unchanged";
  }

  /**
   * What a node said that does not lead the partition. `leader` is an id or an address; empty =
   * the node does not know. True when that was news.
   */
  learn(partition: number, leader: string, epoch: number): boolean {
    if (!Number.isInteger(partition) || partition < 0 || partition >= this.#partitions)
      return false;
    if (!isCount(epoch)) return false;
    return this.#take(partition, leader === "" ? undefined : leader, epoch);
  }

  #take(partition: number, leader: string | undefined, epoch: number): boolean {
    const known = this.epochOf(partition);
    if (epoch < known) return false;
    if (epoch === known) {
      if (leader === undefined || !this.#isThere(leader)) return false;
      const before = this.#leaders[partition];
      if (before !== undefined && this.#isThere(before)) return false;
    }
    this.#leaders[partition] = leader;
    this.#epochs[partition] = epoch;
    return true;
  }

  #setNodes(nodes: ReadonlyMap<string, string>): boolean {
    const changed =
      nodes.size !== this.#nodes.size ||
      [...nodes].some(([id, address]) => this.#nodes.get(id) !== address);
    const before = this.#addresses;
    this.#nodes = nodes;
    this.#addresses = [...new Set(nodes.values())].filter((address) => address !== "");
    const gone = before.filter((address) => !this.#addresses.includes(address));
    for (const [partition, leader] of this.#leaders.entries()) {
      if (leader !== undefined && gone.includes(leader)) this.#leaders[partition] = undefined;
    }
    return changed;
  }

  /** Among the nodes, and to be reached. */
  #isThere(leader: string): boolean {
    return (this.#nodes.get(leader) ?? "") !== "" || this.#addresses.includes(leader);
  }

  #addressBy(leader: string): string | undefined {
    const address = this.#nodes.get(leader);
    if (address !== undefined) return address === "" ? undefined : address;
    return isAddress(leader) ? leader : undefined;
  }
}

/** Generated types promise more than the wire keeps: every field is looked at. */
function isWellFormed(message: TopologyMessage): boolean {
  const { version, partitions, nodes, leaders, epochs } = message;
  return (
    isCount(version) &&
    isPowerOfTwo(partitions) &&
    partitions <= LIMITS.partitions.max &&
    nodes.length <= LIMITS.topologyNodes.max &&
    nodes.every(({ id, address }) => id !== "" && (address === "" || isAddress(address))) &&
    new Set(nodes.map(({ id }) => id)).size === nodes.length &&
    leaders.length === partitions &&
    leaders.every((leader) => isCount(leader) && leader <= nodes.length) &&
    epochs.length === partitions &&
    epochs.every(isCount) &&
    areReplicas(message)
  );
}

/** Nodes that are older than these fields leave them empty. */
function areReplicas({ partitions, nodes, replicas, replicaCounts }: TopologyMessage): boolean {
  const count = replicaCounts.reduce((sum, each) => sum + each, 0);
  return (
    (replicaCounts.length === partitions || replicaCounts.length === 0) &&
    replicaCounts.every(isCount) &&
    replicas.length === count &&
    replicas.every((each) => isCount(each) && each > 0 && each <= nodes.length)
  );
}

function replicasOf({ nodes, replicas, replicaCounts }: TopologyMessage): string[][] {
  let at = 0;
  return replicaCounts.map((count) =>
    replicas.slice(at, (at += count)).map((each) => nodes[each - 1]?.id as string),
  );
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(value) && value > 0 && (value & (value - 1)) === 0;
}
