/**
 * What claimd is to reach against its peers: a floor that must hold, and a goal to aim for. Peers
 * have claimd's durability or less, and are asked a call for each claim.
 */
import type { PeerName } from "../peers/peer-names.ts";
import type { Compared, Ratio } from "./comparison.ts";

export interface Goal {
  readonly peer: PeerName;
  readonly callers: number;
  /** Of claimd by the peer's: claims per second should be many, a latency short. */
  readonly what: "claims/s" | "p50";
  readonly floor: number;
  readonly goal: number;
}

export const GOALS: readonly Goal[] = [
  { peer: "redis", callers: 1, what: "p50", floor: 2, goal: 1.2 },
  { peer: "redis", callers: 64, what: "claims/s", floor: 1, goal: 2 },
  { peer: "redis", callers: 256, what: "claims/s", floor: 1, goal: 2 },
  { peer: "redis", callers: 1024, what: "claims/s", floor: 1.3, goal: 2 },
  { peer: "redis", callers: 4096, what: "claims/s", floor: 1.3, goal: 2 },
  { peer: "postgres", callers: 64, what: "claims/s", floor: 5, goal: 8 },
  { peer: "postgres", callers: 256, what: "claims/s", floor: 5, goal: 8 },
  { peer: "postgres", callers: 1024, what: "claims/s", floor: 5, goal: 8 },
  { peer: "jetstream", callers: 64, what: "claims/s", floor: 5, goal: 8 },
  { peer: "jetstream", callers: 256, what: "claims/s", floor: 5, goal: 8 },
  { peer: "jetstream", callers: 1024, what: "claims/s", floor: 5, goal: 8 },
  { peer: "etcd", callers: 64, what: "claims/s", floor: 20, goal: 30 },
  { peer: "etcd", callers: 256, what: "claims/s", floor: 20, goal: 30 },
  { peer: "etcd", callers: 1024, what: "claims/s", floor: 20, goal: 30 },
];

export interface Standing {
  readonly goal: Goal;
  /** Undefined where it was not measured. */
  readonly measured: Ratio | undefined;
  readonly reached: "goal" | "floor" | "neither" | undefined;
}

/** One for each goal, measured or not. */
export function standings(compared: readonly Compared[]): readonly Standing[] {
  return GOALS.map((goal) => {
    const found = compared.find(
      ({ peer, callers }) => peer === goal.peer && callers === goal.callers,
    );
    const measured = goal.what === "p50" ? found?.p50 : found?.rate;
    return { goal, measured, reached: measured && reached(goal, measured.median) };
  });
}

function reached({ what, floor, goal }: Goal, ratio: number): "goal" | "floor" | "neither" {
  const isWithin = (bound: number): boolean => (what === "p50" ? ratio <= bound : ratio >= bound);
  if (isWithin(goal)) return "goal";
  return isWithin(floor) ? "floor" : "neither";
}
