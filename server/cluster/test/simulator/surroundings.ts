/** What every part of a simulated cluster can reach: passed as one, filled by cluster.ts. */
import type { Policy } from "../../../storage/policy.ts";
import type { ReplicaRules } from "../../core/replica-state.ts";
import type { Coordinator } from "./coordinator.ts";
import type { Network } from "./network.ts";
import type { Promises } from "./promises.ts";
import type { Store } from "./store.ts";
import type { World } from "./world.ts";

export interface Surroundings {
  readonly world: World;
  readonly network: Network;
  readonly coordinator: Coordinator;
  readonly promises: Promises;
  readonly stores: ReadonlyMap<string, Store>;
  readonly rules: ReplicaRules;
  readonly policy: Policy;
  readonly syncMs: readonly [least: number, most: number];
  /** Shares of jobs that claim nothing. */
  readonly gets: number;
  readonly forgets: number;
}
