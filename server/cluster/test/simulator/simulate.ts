/**
 * One run of a cluster from a seed: trouble, then peace, in which everything that is pending must
 * end. Gives what was broken, if anything was, with the seed and the last lines of the trace.
 */
import { Cluster } from "./cluster.ts";
import { PROFILES, type ProfileName } from "./profiles.ts";
import { Violation, World } from "./world.ts";

export interface Run {
  /** What was broken, with everything that is needed to see it again. */
  readonly violation: string | undefined;
  /** The trace's, where one was made. */
  readonly hash: number;
  readonly lines: readonly string[];
  /** Calls made, attempts of one command counted each. */
  readonly calls: number;
  readonly committed: number;
}

const TROUBLE_MS = 2000;
const CALLS_MS = 2600;
/** All that is pending has ended by then. */
const END_MS = 6000;

/** Traces are made of runs that fail, or when asked for. */
export function simulate(
  seed: number,
  profile: ProfileName,
  options: { readonly trace?: boolean } = {},
): Run {
  const run = runOnce(seed, profile, options.trace === true);
  if (run.violation === undefined || options.trace === true) return run;
  return runOnce(seed, profile, true);
}

function runOnce(seed: number, name: ProfileName, isTracing: boolean): Run {
  const world = new World(seed, isTracing);
  const cluster = new Cluster(world, PROFILES[name]);
  let violation: string | undefined;
  try {
    live(cluster);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // A broken assertion of the protocol itself says where.
    const what = error instanceof Violation ? error.message : (error.stack ?? error.message);
    violation = `seed ${seed}, profile ${name}: ${what}\n${world.lines.join("\n")}`;
  }
  const { hash, lines } = world;
  const committed = cluster.promises.log.lastIndex;
  return { violation, hash, lines, calls: cluster.history.length, committed };
}

function live(cluster: Cluster): void {
  const { world, history, policy, promises } = cluster;
  const { random } = world;
  cluster.start(CALLS_MS);
  cluster.trouble(TROUBLE_MS);
  world.run(TROUBLE_MS);
  const spared = random.chance(0.3) && cluster.canSpareOne;
  cluster.heal(spared ? random.pick([...cluster.stores.values()]) : undefined);
  world.run(CALLS_MS);
  world.run(END_MS, () => unfinished(cluster) === undefined);
  const waiting = unfinished(cluster);
  if (waiting !== undefined) {
    world.fail("all ends", `${waiting} ${END_MS - TROUBLE_MS} ms after the trouble`);
  }
  for (const { node } of cluster.stores.values()) {
    if (node?.replica.role === "SERVING") promises.ends(node.self, node.replica.commit);
  }
  history.check(policy);
}

/** What has not ended yet. */
function unfinished({ clients, coordinator, stores }: Cluster): string | undefined {
  const waiting = clients.find(({ isDone }) => !isDone);
  if (waiting !== undefined) return `${waiting.name} was not answered`;
  const { leader, goal } = coordinator.record;
  const canEnd = goal?.every((store) => stores.get(store)?.node !== undefined);
  if (canEnd === true) return `the move to ${goal?.join(" ") ?? ""} has not ended`;
  return stores.get(leader)?.node?.replica.role === "SERVING" ? undefined : "nobody serves";
}
