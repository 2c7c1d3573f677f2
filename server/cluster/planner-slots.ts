/**
 * Gives each partition the nodes it wants, as cheaply as can be while no node gets more than its
 * cap and no zone too much of one partition.
 *
 * First every partition takes what is cheapest for it, as if it were alone. Then nodes that have
 * too much pass slots on, each along the cheapest chain of moves that ends at a node with room:
 * partition 7 goes from a to b, partition 12 from b to c. That is the method of successive
 * shortest paths (Ahuja, Magnanti and Orlin, Network Flows, chapter 9), on a graph in which the
 * step from one node to another is the cheapest partition that can make it. It ends at the
 * smallest sum of costs: no other choice within the caps is cheaper.
 *
 * Must stay true: of equally cheap chains a shortest one is taken, else one partition could make
 * two steps of it that are legal one by one and not together. Equal input gives equal output.
 */
import { assert } from "../errors.ts";

export interface Node {
  readonly store: string;
  readonly zone: string;
  /** Among all nodes, from 0 on. */
  readonly position: number;
}

export interface Want {
  /** Nodes it needs, besides the fixed one. */
  readonly count: number;
  /** Has the partition whatever happens: its leader, while followers are chosen. */
  readonly fixed: Node | undefined;
  /** By position of node, whole numbers below 2^27: what it costs to have the partition there. */
  readonly costs: readonly number[];
}

export interface Bounds {
  /** The fixed ones count. Exceeded only where no chain of moves can help it. */
  readonly cap: (node: Node) => number;
  readonly inOneZone: number;
}

/** One node is changed for another in one partition. */
interface Step {
  readonly chosen: Chosen;
  readonly from: Node;
  readonly to: Node;
  readonly cost: number;
}

/** More than the steps of any chain: of two chains with equal costs the shorter one is less. */
const MAX_NODES = 1000;

/** By partition: the nodes chosen, the fixed one not among them. For at most 1,000 nodes. */
export function chooseNodes(
  wants: readonly Want[],
  nodes: readonly Node[],
  bounds: Bounds,
): readonly (readonly Node[])[] {
  assert(nodes.length <= MAX_NODES, `at most ${MAX_NODES} nodes`);
  const choice = wants.map((want) => new Chosen(want, bounds.inOneZone));
  for (const chosen of choice) chosen.takeCheapest(nodes);
  const load = nodes.map((node) => choice.filter((chosen) => chosen.has(node)).length);
  for (const node of nodes) {
    while ((load[node.position] ?? 0) > bounds.cap(node)) {
      const hasRoom = (to: Node): boolean => (load[to.position] ?? 0) < bounds.cap(to);
      const chain = cheapestChain(choice, nodes, node, hasRoom);
      const [last] = chain;
      if (last === undefined) break;
      for (const { chosen, from, to } of chain) chosen.change(from, to);
      load[node.position] = (load[node.position] ?? 0) - 1;
      load[last.to.position] = (load[last.to.position] ?? 0) + 1;
    }
  }
  return choice.map(({ nodes: list }) => list);
}

/** What one partition has so far. */
class Chosen {
  readonly nodes: Node[] = [];
  readonly #want: Want;
  readonly #inOneZone: number;

  constructor(want: Want, inOneZone: number) {
    this.#want = want;
    this.#inOneZone = inOneZone;
  }

  has(node: Node): boolean {
    return node === this.#want.fixed || this.nodes.includes(node);
  }

  costOf(node: Node): number {
    return this.#want.costs[node.position] ?? 0;
  }

  takeCheapest(all: readonly Node[]): void {
    const byCost = all.toSorted((a, b) => this.costOf(a) - this.costOf(b));
    for (const node of byCost) {
      if (this.nodes.length === this.#want.count) return;
      if (!this.has(node) && this.#zoneHasRoom(node.zone)) this.nodes.push(node);
    }
  }

  mayChange(from: Node, to: Node): boolean {
    return !this.has(to) && (from.zone === to.zone || this.#zoneHasRoom(to.zone));
  }

  change(from: Node, to: Node): void {
    this.nodes[this.nodes.indexOf(from)] = to;
  }

  #zoneHasRoom(zone: string): boolean {
    const fixed = this.#want.fixed?.zone === zone ? 1 : 0;
    const others = this.nodes.filter((node) => node.zone === zone).length;
    return fixed + others < this.#inOneZone;
  }
}

/** Last step first; empty when no node with room can be reached. */
function cheapestChain(
  choice: readonly Chosen[],
  nodes: readonly Node[],
  start: Node,
  hasRoom: (node: Node) => boolean,
): readonly Step[] {
  const steps = cheapestSteps(choice, nodes);
  // Bellman and Ford: a step that undoes an earlier move has a negative cost, a circle never has.
  const costs = nodes.map((node) => (node === start ? 0 : Number.POSITIVE_INFINITY));
  const arrivals = new Map<Node, Step>();
  for (let changed = true; changed; ) {
    changed = false;
    for (const step of steps) {
      const cost = (costs[step.from.position] ?? 0) + step.cost * MAX_NODES + 1;
      if (cost >= (costs[step.to.position] ?? 0)) continue;
      costs[step.to.position] = cost;
      arrivals.set(step.to, step);
      changed = true;
    }
  }
  let end: Node | undefined;
  for (const node of nodes) {
    if (!hasRoom(node) || !arrivals.has(node)) continue;
    if (end === undefined || (costs[node.position] ?? 0) < (costs[end.position] ?? 0)) end = node;
  }
  const chain: Step[] = [];
  for (let node = end; node !== undefined && node !== start; ) {
    const step = arrivals.get(node);
    if (step !== undefined) chain.push(step);
    node = step?.from;
  }
  return chain;
}

/** For each two nodes the cheapest step between them, of equal ones the lowest partition's. */
function cheapestSteps(choice: readonly Chosen[], nodes: readonly Node[]): readonly Step[] {
  const steps: (Step | undefined)[] = [];
  for (const chosen of choice) {
    for (const from of chosen.nodes) {
      for (const to of nodes) {
        const cost = chosen.costOf(to) - chosen.costOf(from);
        const at = from.position * nodes.length + to.position;
        const best = steps[at];
        if (best !== undefined && best.cost <= cost) continue;
        if (chosen.mayChange(from, to)) steps[at] = { chosen, from, to, cost };
      }
    }
  }
  return steps.filter((step) => step !== undefined);
}
