/**
 * Where partitions are to live: from who is there, and where they live now, to their goals.
 *
 * Sticky: it starts from what is. Nothing moves from a node that stays to another one that stays
 * unless a cap or the zones force it, and then as little as will do; such moves are counted.
 *
 * **A joiner** is a member that holds nothing yet. Its share is what the ring says: the partitions
 * it leads by the ring of all members and those it follows, up to its cap, each taken from whoever
 * is last in the ring's order there. Beyond that it takes what others must give away to stay within
 * their caps, which fall with every node more. So a joiner gets about P/N leaders from everybody
 * alike, and nobody else gets anything.
 *
 * **A leaver** is whoever holds something and is no member. Followers take over its leaders, other
 * nodes its replicas, joiners first.
 *
 * While partitions are on their way, `current` must be their goals: a joiner that is told what it
 * holds so far would count as settled, with too little.
 *
 * Must stay true: pure, and the same for any order of members; its own result planned again gives
 * no moves.
 */
import { assert } from "../errors.ts";
import { type Caps, capsOf } from "./planner-caps.ts";
import { ringOrders } from "./planner-ring.ts";
import { chooseNodes, type Node } from "./planner-slots.ts";

/** A store that may hold partitions. */
export interface Member {
  readonly store: string;
  readonly zone: string;
}

/** By partition: the stores it lives on, the leader first. */
export type Placement = readonly (readonly string[])[];

export interface PlanOptions {
  readonly partitions: number;
  /** Where there are fewer members, there are as many replicas as members. */
  readonly replicas: number;
}

export interface Move {
  readonly partition: number;
  /** As in `current`. */
  readonly from: readonly string[];
  readonly to: readonly string[];
}

export interface Plan {
  readonly goals: Placement;
  /** Partitions whose goal has another leader or other stores than they have now. */
  readonly moves: readonly Move[];
  /** What neither a joiner nor a leaver explains, but caps or zones. */
  readonly forced: {
    /** Replicas given to a node that stays, in place of one that stays. */
    readonly replicas: number;
    /** Leaders changed for a node that stays, where the old one stays. */
    readonly leaders: number;
  };
}

/** Costs, each more than all smaller ones of a chain together: places in the ring come last. */
const UNWISHED = 2 ** 11;
const WITHOUT_DATA = 2 ** 12;
const FORCED = 2 ** 25;

/** What a partition has of those that stay. */
interface Held {
  readonly nodes: readonly Node[];
  /** Undefined when the leader leaves, or there was none. */
  readonly leader: Node | undefined;
}

interface Situation {
  readonly nodes: readonly Node[];
  readonly joiners: ReadonlySet<Node>;
  readonly held: readonly Held[];
  /** By partition and position of node: the node's place in the ring's order, 0 = first. */
  readonly places: readonly (readonly number[])[];
  /** Replicas a partition is to have. */
  readonly size: number;
  readonly caps: Caps;
}

/** Without members there is nothing to plan: all stays as it is. */
export function plan(
  members: readonly Member[],
  current: Placement,
  { partitions, replicas }: PlanOptions,
): Plan {
  const before = Array.from({ length: partitions }, (_, partition) => current[partition] ?? []);
  if (members.length === 0)
    return { goals: before, moves: [], forced: { replicas: 0, leaders: 0 } };
  const situation = situationOf(members, before, replicas);
  const { nodes, held, size, caps } = situation;
  const leaders = chooseNodes(
    held.map((_, partition) => ({
      count: 1,
      fixed: undefined,
      costs: nodes.map((node) => leaderCost(situation, partition, node)),
    })),
    nodes,
    { cap: () => caps.leaders, inOneZone: 1 },
  ).map(([leader]) => leader);
  const followers = chooseNodes(
    held.map((_, partition) => ({
      count: size - 1,
      fixed: leaders[partition],
      costs: followerCosts(situation, partition),
    })),
    nodes,
    { cap: ({ zone }) => caps.replicas(zone), inOneZone: caps.inOneZone },
  );
  const goals = held.map(({ nodes: kept }, partition) => {
    const places = situation.places[partition] ?? [];
    const place = (node: Node): number => {
      const at = kept.indexOf(node);
      return at >= 0 ? at - kept.length : (places[node.position] ?? 0);
    };
    const rest = (followers[partition] ?? []).toSorted((a, b) => place(a) - place(b));
    const leader = leaders[partition];
    return leader === undefined ? rest : [leader, ...rest];
  });
  return planOf(situation, before, goals);
}

function situationOf(members: readonly Member[], before: Placement, replicas: number): Situation {
  const nodes = members
    .toSorted((a, b) => (a.store < b.store ? -1 : 1))
    .map(({ store, zone }, position): Node => ({ store, zone, position }));
  const byStore = new Map(nodes.map((node) => [node.store, node]));
  assert(byStore.size === nodes.length, "each store is a member once");
  const held = before.map((stores): Held => {
    const kept = stores.flatMap((store) => byStore.get(store) ?? []);
    const [leader = ""] = stores;
    return { nodes: [...new Set(kept)], leader: byStore.get(leader) };
  });
  const settled = new Set(held.flatMap((each) => each.nodes));
  const size = Math.min(replicas, nodes.length);
  const orders = ringOrders(
    nodes.map(({ store }) => store),
    before.length,
  );
  return {
    nodes,
    joiners: new Set(nodes.filter((node) => !settled.has(node))),
    held,
    places: orders.map((order) => nodes.map(({ position }) => order.indexOf(position))),
    size,
    caps: capsOf(
      nodes.map(({ zone }) => zone),
      before.length,
      size,
    ),
  };
}

function leaderCost(situation: Situation, partition: number, node: Node): number {
  const { joiners, held } = situation;
  const { nodes: kept, leader } = held[partition] ?? { nodes: [], leader: undefined };
  const place = situation.places[partition]?.[node.position] ?? 0;
  if (node === leader) return 0;
  if (joiners.has(node)) return place === 0 ? -1 : UNWISHED + place;
  const withoutData = kept.includes(node) ? 0 : WITHOUT_DATA;
  return (leader === undefined ? 1 : FORCED) + place + withoutData;
}

function followerCosts(situation: Situation, partition: number): readonly number[] {
  const { nodes, joiners, held, size } = situation;
  const kept = held[partition]?.nodes ?? [];
  const places = situation.places[partition] ?? [];
  return nodes.map((node) => {
    const place = places[node.position] ?? 0;
    if (kept.includes(node)) return place;
    if (!joiners.has(node)) return FORCED + place;
    return place < size ? place - nodes.length : UNWISHED + place;
  });
}

function planOf(
  { joiners, held, size }: Situation,
  before: Placement,
  goals: readonly (readonly Node[])[],
): Plan {
  const moves: Move[] = [];
  const forced = { replicas: 0, leaders: 0 };
  for (const [partition, goal] of goals.entries()) {
    const from = before[partition] ?? [];
    const to = goal.map(({ store }) => store);
    const isThere = from.length === to.length && to.every((store) => from.includes(store));
    if (isThere && from[0] === to[0]) continue;
    moves.push({ partition, from, to });
    const { nodes: kept, leader: oldLeader } = held[partition] ?? { nodes: [], leader: undefined };
    const added = goal.filter((node) => !kept.includes(node));
    const staying = added.filter((node) => !joiners.has(node)).length;
    const missing = Math.max(0, size - kept.length);
    forced.replicas += Math.max(0, staying - missing);
    const [leader] = goal;
    const isForced = oldLeader !== undefined && leader !== undefined && leader !== oldLeader;
    if (isForced && !joiners.has(leader)) forced.leaders += 1;
  }
  return { goals: goals.map((goal) => goal.map(({ store }) => store)), moves, forced };
}
