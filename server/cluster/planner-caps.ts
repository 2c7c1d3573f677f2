/**
 * How much a node may hold at most, and how many replicas of a partition one zone.
 *
 *     leaders    max(⌊1.1 · P/N⌋, ⌈P/N⌉)
 *     replicas   the same of a fair share, which is P · R/N unless zones are in the way
 *
 * Zones come before equal loads: replicas of a partition are spread over as many zones as there
 * are, even where one node is alone in its zone and has to hold everything. So a zone can be too
 * small to use its nodes' share (four nodes in three zones, three replicas: the two that have a
 * zone of their own hold all partitions, the others half of them). Its share is then what it can
 * hold, and the other zones divide the rest.
 */

export interface Caps {
  readonly leaders: number;
  /** Replicas, the leaders among them. */
  readonly replicas: (zone: string) => number;
  /** Replicas of one partition in one zone: 1 where there are zones enough. */
  readonly inOneZone: number;
}

/** `zones`: one for each node. `replicas`: no more than nodes. */
export function capsOf(zones: readonly string[], partitions: number, replicas: number): Caps {
  const nodes = new Map<string, number>();
  for (const zone of zones) nodes.set(zone, (nodes.get(zone) ?? 0) + 1);
  const inOneZone = zoneLimit([...nodes.values()], replicas);
  const caps = new Map<string, number>();
  let left = { slots: partitions * replicas, nodes: zones.length };
  // A zone that is too small leaves more to the others, so that another one may be too small then.
  for (let before = -1; before !== caps.size; ) {
    before = caps.size;
    for (const [zone, count] of nodes) {
      const slots = partitions * Math.min(inOneZone, count);
      if (caps.has(zone) || slots * left.nodes >= count * left.slots) continue;
      caps.set(zone, capOf(slots, count));
      left = { slots: left.slots - slots, nodes: left.nodes - count };
    }
  }
  const others = capOf(left.slots, left.nodes);
  return {
    leaders: capOf(partitions, zones.length),
    replicas: (zone) => caps.get(zone) ?? others,
    inOneZone,
  };
}

/** The smallest number that lets a partition have all its replicas. */
function zoneLimit(nodesByZone: readonly number[], replicas: number): number {
  for (let limit = 1; ; limit++) {
    const room = nodesByZone.reduce((sum, nodes) => sum + Math.min(nodes, limit), 0);
    if (room >= replicas) return limit;
  }
}

/** A tenth more than the fair share, or the next whole number where that is more. */
function capOf(slots: number, nodes: number): number {
  return Math.max(Math.floor((11 * slots) / (10 * nodes)), Math.ceil(slots / nodes));
}
