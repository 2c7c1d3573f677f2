import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Bounds, chooseNodes, type Node, type Want } from "./planner-slots.ts";

function nodesIn(zones: string): readonly Node[] {
  return zones.split("").map((zone, position) => ({ store: `store-${position}`, zone, position }));
}

interface Problem {
  readonly nodes: readonly Node[];
  readonly wants: readonly Want[];
  readonly bounds: Bounds;
}

const ALL_IN_ONE_ZONE = 100;

function costOf({ wants }: Problem, choice: readonly (readonly Node[])[]): number {
  const costs = choice.flatMap((list, at) =>
    list.map(({ position }) => wants[at]?.costs[position] ?? 0),
  );
  return costs.reduce((sum, each) => sum + each, 0);
}

function loadsOf({ nodes, wants }: Problem, choice: readonly (readonly Node[])[]): number[] {
  return nodes.map(
    (node) => choice.filter((list, at) => list.includes(node) || wants[at]?.fixed === node).length,
  );
}

/** Every list of `count` nodes that the partition may have. */
function possible(
  { nodes, bounds }: Problem,
  { count, fixed }: Want,
): readonly (readonly Node[])[] {
  const lists = nodes
    .filter((node) => node !== fixed)
    .reduce<readonly (readonly Node[])[]>(
      (all, node) => [...all, ...all.map((list) => [...list, node])],
      [[]],
    );
  return lists.filter((list) => {
    if (list.length !== count) return false;
    const zones = [...list, ...(fixed === undefined ? [] : [fixed])].map(({ zone }) => zone);
    return zones.every((zone) => zones.filter((one) => one === zone).length <= bounds.inOneZone);
  });
}

/** The smallest cost of all choices within the caps, by trying all of them. */
function smallestCost(problem: Problem): number {
  const { nodes, wants, bounds } = problem;
  const fixed = loadsOf(problem, []).map(
    (_, position) => wants.filter((want) => want.fixed?.position === position).length,
  );
  const search = (at: number, loads: readonly number[]): number => {
    const want = wants[at];
    if (want === undefined) return 0;
    const costs = possible(problem, want).map((list) => {
      const after = loads.map((load, position) =>
        list.some((node) => node.position === position) ? load + 1 : load,
      );
      if (nodes.some((node) => (after[node.position] ?? 0) > bounds.cap(node))) return Infinity;
      const own = list.reduce((sum, { position }) => sum + (want.costs[position] ?? 0), 0);
      return own + search(at + 1, after);
    });
    return Math.min(Infinity, ...costs);
  };
  return search(0, fixed);
}

const problems: fc.Arbitrary<Problem> = fc
  .record({
    zones: fc.stringMatching(/^[abc]{3,4}$/),
    inOneZone: fc.integer({ min: 1, max: 2 }),
    count: fc.integer({ min: 1, max: 2 }),
    room: fc.integer({ min: 0, max: 1 }),
    hasFixed: fc.boolean(),
    // Few different costs: many choices are equally cheap, and many chains equally long.
    rows: fc.array(fc.array(fc.constantFrom(-2, 0, 0, 1, 5, 50), { minLength: 4, maxLength: 4 }), {
      minLength: 2,
      maxLength: 5,
    }),
    leaders: fc.array(fc.nat({ max: 2 }), { minLength: 5, maxLength: 5 }),
  })
  .map(({ zones, inOneZone, count, room, hasFixed, rows, leaders }) => {
    const nodes = nodesIn(zones);
    const wants = rows.map((costs, at) => ({
      count,
      fixed: hasFixed ? nodes[leaders[at] ?? 0] : undefined,
      costs,
    }));
    const slots = rows.length * (count + (hasFixed ? 1 : 0));
    const cap = Math.ceil(slots / nodes.length) + room;
    return { nodes, wants, bounds: { cap: () => cap, inOneZone } };
  });

describe("chooseNodes", () => {
  it("is as cheap as the best of all choices within caps and zones", () => {
    let compared = 0;
    fc.assert(
      fc.property(problems, (problem) => {
        const best = smallestCost(problem);
        fc.pre(best !== Infinity);
        const { nodes, wants, bounds } = problem;
        const choice = chooseNodes(wants, nodes, bounds);
        for (const [at, want] of wants.entries()) {
          const names = (list: readonly Node[]): string =>
            list
              .map(({ store }) => store)
              .toSorted()
              .join();
          expect(possible(problem, want).map(names)).toContain(names(choice[at] ?? []));
        }
        for (const [position, load] of loadsOf(problem, choice).entries()) {
          const node = nodes[position];
          expect(load).toBeLessThanOrEqual(node === undefined ? 0 : bounds.cap(node));
        }
        expect(costOf(problem, choice)).toBe(best);
        compared += 1;
      }),
      { numRuns: 500 },
    );
    expect(compared).toBeGreaterThan(250);
  }, 60_000);

  it("passes a slot on over a node that is full itself", () => {
    const nodes = nodesIn("aaa");
    const wants = [
      { count: 1, fixed: undefined, costs: [0, 1, 90] },
      { count: 1, fixed: undefined, costs: [0, 1, 90] },
      { count: 1, fixed: undefined, costs: [90, 0, 2] },
    ];
    const choice = chooseNodes(wants, nodes, { cap: () => 1, inOneZone: ALL_IN_ONE_ZONE });
    expect(choice.map((list) => list.map(({ position }) => position))).toEqual([[1], [0], [2]]);
  });

  it("leaves a node above its cap where nothing can help it", () => {
    const [first, second] = nodesIn("ab");
    const want: Want = { count: 1, fixed: first, costs: [0, 0] };
    const nodes = nodesIn("ab");
    const choice = chooseNodes([{ ...want, fixed: nodes[0] }], nodes, {
      cap: () => 0,
      inOneZone: 1,
    });
    expect(choice).toEqual([[second]]);
  });
});
