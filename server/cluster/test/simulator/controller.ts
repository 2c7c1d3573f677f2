/**
 * Looks after the partition from outside, on what it was told, perhaps late, as every node does.
 * What is to be done is worked out by the controller of real ones (controller-round.ts). Several
 * may do so at once; each step is one guarded transaction.
 */
import type { ClusterState, Revised } from "../../cluster-view.ts";
import { placeOf } from "../../controller-goal.ts";
import { controllerRound, openGoal, type Planned } from "../../controller-round.ts";
import type { PartitionRecord } from "../../partition-record.ts";
import type { StoreRecord } from "../../store-record.ts";
import type { Surroundings } from "./surroundings.ts";

const PARTITION = 0;
const LOOK_MS: readonly [number, number] = [30, 90];

export class Controller {
  readonly #around: Surroundings;
  readonly #name: string;
  readonly #replicas: number;
  readonly #stores = new Map<string, Revised<StoreRecord>>();
  #nonces = 0;
  /** Stores that it wants the partition on, the first as its leader. */
  #wish: readonly string[] | undefined;
  #planned: Planned | undefined;

  constructor(around: Surroundings, name: string, replicas: number) {
    this.#around = around;
    this.#name = name;
    this.#replicas = replicas;
  }

  start(): void {
    const { world, coordinator, stores } = this.#around;
    world.after(world.between(...LOOK_MS), () => {
      for (const id of stores.keys()) {
        coordinator.readStore(this.#name, id, (seen) => {
          if (seen?.value === undefined) return;
          this.#stores.set(id, { record: seen.value, revision: seen.revision });
        });
      }
      coordinator.readPartition(this.#name, (seen) => {
        if (seen !== undefined) this.#look({ record: seen.value, revision: seen.revision });
        this.start();
      });
    });
  }

  move(goal: readonly string[]): void {
    this.#wish = goal;
  }

  #look(known: Revised<PartitionRecord>): void {
    const { rules, world } = this.#around;
    const { steps, refused } = controllerRound({
      state: this.#stateWith(known),
      rules: { ...rules, replicas: this.#replicas, replaceAfterMs: 0, learners: 1 },
      nonce: () => this.#nonce(),
      planned: this.#plan(known.record),
    });
    if (refused.length > 0) world.fail("legal records", refused.join(", "));
    for (const { type, record, revision, guard } of steps) {
      const by = { type: type === "promotion" ? "promoter" : "planner" } as const;
      const store = guard && {
        id: guard.store,
        revision: guard.revision,
        record: "guard" as const,
      };
      const change = { partition: { revision, record, by }, ...(store && { store }) };
      this.#around.coordinator.transact(this.#name, change, () => undefined);
    }
  }

  #stateWith(known: Revised<PartitionRecord>): ClusterState {
    const nodes = [...this.#around.coordinator.living()].map(([store, boot]) => {
      const record = { store, boot, zone: "", address: "", peerAddress: "", build: "" };
      return [store, { record, revision: 0 }] as const;
    });
    return {
      partitions: new Map([[PARTITION, known]]),
      stores: this.#stores,
      nodes: new Map(nodes),
    };
  }

  #plan(record: PartitionRecord): Planned | undefined {
    const goal = this.#wish ?? this.#replacement(record);
    this.#wish = undefined;
    if (goal !== undefined) this.#planned = { from: [placeOf(record)], goals: [goal] };
    const isOpen = this.#planned && openGoal(this.#planned, PARTITION, record) !== undefined;
    if (isOpen !== true) this.#planned = undefined;
    return this.#planned;
  }

  /** Where it is, with another store for one whose disk is gone, or not to be trusted. */
  #replacement(record: PartitionRecord): readonly string[] | undefined {
    const { stores, coordinator } = this.#around;
    const place = placeOf(record);
    const lost = place.find((store) => stores.get(store)?.isLost === true);
    if (lost === undefined) return undefined;
    const spare = [...coordinator.living().keys()].find(
      (store) => !place.includes(store) && stores.get(store)?.isLost === false,
    );
    if (spare === undefined) return undefined;
    return place.map((store) => (store === lost ? spare : store));
  }

  #nonce(): string {
    this.#nonces += 1;
    return `${this.#name}/${this.#nonces}`;
  }
}
