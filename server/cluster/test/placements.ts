/**
 * Members for plans, and what holds for every plan. Caps are worked out here where zones are not in
 * the way; where they are, planner-caps.test.ts has the numbers.
 */
import fc from "fast-check";
import { expect } from "vitest";
import { type Member, type Placement, type Plan, plan } from "../planner.ts";
import { capsOf } from "../planner-caps.ts";

export const PARTITIONS = 256;
export const NOWHERE: Placement = [];

export const zones = fc.integer({ min: 1, max: 4 });
/** Different stores, like those that are made with a data directory. */
export const membersOf = (zoneCount: number, min = 1, max = 12): fc.Arbitrary<readonly Member[]> =>
  fc.uniqueArray(
    fc.record({
      store: fc.stringMatching(/^[0-9a-f]{8}$/),
      zone: fc.constantFrom(...["a", "b", "c", "d"].slice(0, zoneCount)),
    }),
    { minLength: min, maxLength: max, selector: ({ store }) => store },
  );
export const anyMembers = zones.chain((count) => membersOf(count));
export const anyReplicas = fc.integer({ min: 1, max: 5 });

export function planned(members: readonly Member[], current: Placement, replicas: number): Plan {
  return plan(members, current, { partitions: PARTITIONS, replicas });
}

export const capOf = (share: number): number =>
  Math.max(Math.floor(1.1 * share + 1e-9), Math.ceil(share - 1e-9));

export function leadsOf({ goals }: Plan, store: string): number {
  return goals.filter(([leader]) => leader === store).length;
}

/** Everything that holds for every plan, wherever it started from. */
export function expectSound(members: readonly Member[], { goals }: Plan, replicas: number): void {
  const size = Math.min(replicas, members.length);
  const zoneOf = new Map(members.map(({ store, zone }) => [store, zone]));
  const caps = capsOf([...zoneOf.values()], PARTITIONS, size);
  const leads = new Map<string, number>();
  const holds = new Map<string, number>();
  expect(goals).toHaveLength(PARTITIONS);
  for (const goal of goals) {
    expect(new Set(goal).size).toBe(goal.length);
    expect(goal).toHaveLength(size);
    const inZones = new Map<string, number>();
    for (const store of goal) {
      holds.set(store, (holds.get(store) ?? 0) + 1);
      const zone = zoneOf.get(store) ?? "of no member";
      inZones.set(zone, (inZones.get(zone) ?? 0) + 1);
    }
    expect(inZones.has("of no member")).toBe(false);
    expect(Math.max(...inZones.values())).toBeLessThanOrEqual(caps.inOneZone);
    const [leader = ""] = goal;
    leads.set(leader, (leads.get(leader) ?? 0) + 1);
  }
  const most = capOf(PARTITIONS / members.length);
  for (const { store, zone } of members) {
    expect(leads.get(store) ?? 0, `leaders of ${store}`).toBeLessThanOrEqual(most);
    expect(holds.get(store) ?? 0, `replicas of ${store}`).toBeLessThanOrEqual(caps.replicas(zone));
  }
  if (new Set(zoneOf.values()).size === 1) {
    const share = capOf((PARTITIONS * size) / members.length);
    for (const count of holds.values()) expect(count).toBeLessThanOrEqual(share);
  }
}

/** What moved without a joiner or a leaver to explain it, counted from outside. */
export function unexplained(
  before: readonly Member[],
  after: readonly Member[],
  { moves }: Plan,
): { readonly replicas: number; readonly leaders: number } {
  const wasThere = new Set(before.map(({ store }) => store));
  const isThere = new Set(after.map(({ store }) => store));
  const stays = (store: string): boolean => wasThere.has(store) && isThere.has(store);
  const sum = { replicas: 0, leaders: 0 };
  for (const { from, to } of moves) {
    const added = to.filter((store) => !from.includes(store) && stays(store)).length;
    const kept = from.filter((store) => isThere.has(store)).length;
    sum.replicas += Math.max(0, added - Math.max(0, to.length - kept));
    const [old = ""] = from;
    const [leader = ""] = to;
    if (old !== leader && stays(old) && stays(leader)) sum.leaders += 1;
  }
  return sum;
}
