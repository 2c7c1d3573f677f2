/** What can go wrong with a cluster: each fault begins at once and ends by itself after a while. */
import type { Cluster } from "./cluster.ts";
import type { Store } from "./store.ts";

export type FaultName =
  | "crash"
  | "crashAll"
  | "pause"
  | "isolate"
  | "depose"
  | "cut"
  | "unreachable"
  | "outage"
  | "stall"
  | "breakSync"
  | "destroy"
  | "rollBack"
  | "copy"
  | "jump"
  | "breakClock"
  | "move"
  | "handOver"
  | "leave";

export const FAULTS: Readonly<Record<FaultName, (cluster: Cluster) => void>> = {
  crash({ world, pick }) {
    pick()?.crash(world.between(5, world.random.chance(0.5) ? 60 : 500));
  },
  crashAll({ world, stores }) {
    for (const store of stores.values()) store.crash(world.between(5, 200));
  },
  pause({ world, pick }) {
    const store = pick();
    store?.pause();
    world.after(world.between(10, 700), () => store?.resume());
  },
  /** From the other stores, and from the rest of the world or a part of it. */
  isolate(cluster) {
    const { random } = cluster.world;
    const store = cluster.pick();
    if (store === undefined) return;
    const others = random.chance(0.5) ? ["etcd"] : [];
    if (random.chance(0.5)) others.push(...cluster.clients.map(({ name }) => name));
    isolate(cluster, store, others, cluster.world.between(20, 600));
  },
  /** The leader can't be heard by those that could tell it, but by its callers. */
  depose(cluster) {
    const store = cluster.stores.get(cluster.coordinator.record.leader);
    if (store === undefined) return;
    isolate(cluster, store, ["etcd"], cluster.world.between(200, 700));
  },
  cut({ world, network, pick }) {
    const [from, to] = [pick(), pick()];
    if (from === undefined || to === undefined) return;
    world.trace(() => `${from.id} can't reach ${to.id}`);
    network.cut(from.id, to.id);
    world.after(world.between(20, 600), () => network.mend(from.id, to.id));
  },
  unreachable({ world, coordinator, pick }) {
    const store = pick();
    if (store === undefined) return;
    world.trace(() => `${store.id} can't reach etcd`);
    coordinator.unreachableFor.add(store.id);
    world.after(world.between(20, 600), () => coordinator.unreachableFor.delete(store.id));
  },
  outage({ world, coordinator }) {
    world.trace(() => "etcd is out");
    coordinator.isOut = true;
    world.after(world.between(20, 500), () => {
      coordinator.isOut = false;
    });
  },
  stall({ world, pick }) {
    const store = pick();
    if (store !== undefined) store.disk.stalledUntilMs = world.nowMs + world.between(10, 400);
  },
  breakSync({ pick }) {
    const store = pick();
    if (store !== undefined) store.disk.isBroken = true;
  },
  /** Once in a run: whoever loses two disks of a set of two has lost what was answered. */
  destroy(cluster) {
    const store = cluster.pick();
    if (store === undefined || cluster.isAnyLost) return;
    store.destroy();
    cluster.world.after(cluster.world.between(20, 300), () => cluster.replace(store));
  },
  /** As `destroy`: it runs on what was there before its last start. */
  rollBack(cluster) {
    const store = cluster.pick();
    if (store === undefined || cluster.isAnyLost) return;
    store.rollBack();
    cluster.world.after(cluster.world.between(5, 50), () => store.start());
  },
  /** Somebody starts a copy of a disk beside it: one of the two has to go. */
  copy(cluster) {
    const store = cluster.pick();
    if (store === undefined || cluster.isAnyLost) return;
    store.startCopy();
  },
  jump({ pick }) {
    pick()?.clock.jump();
  },
  /**
   * One store's at most in a run: two would agree with each other. It can take the others along by
   * as much as they let pass.
   */
  breakClock({ world, stores, pick, promises, rules }) {
    const broken = [...stores.values()].find(({ clock }) => clock.wasBroken);
    const store = broken ?? pick();
    if (store === undefined || store.clock.isBroken) return;
    world.trace(() => `${store.id} has a clock that is far ahead`);
    store.clock.break();
    promises.log.slackMs += rules.maxClockOffsetMs;
  },
  move({ world, controllers, stores, replicas }) {
    const able = [...stores.values()].filter((each: Store) => !each.isLost).map(({ id }) => id);
    const goal: string[] = [];
    while (goal.length < replicas && able.length > 0) {
      goal.push(...able.splice(world.random.below(able.length), 1));
    }
    world.random.pick(controllers).move(goal);
  },
  handOver({ coordinator, stores, world }) {
    const { leader, inSync } = coordinator.record;
    const { store } = world.random.pick(inSync);
    stores
      .get(leader)
      ?.deliver((node) => node.step(() => void node.replica.handOver(store, node.nowMs())));
  },
  /** It says that it is about to stop, and does so in the end or not. */
  leave({ pick, world }) {
    const store = pick();
    if (store === undefined) return;
    world.trace(() => `${store.id} says that it leaves`);
    for (const after of [0, world.between(5, 100)]) {
      world.after(after, () => {
        store.deliver((node) => {
          node.step(() => {
            node.replica.leave();
          });
        });
      });
    }
    if (world.random.chance(0.7)) {
      world.after(world.between(5, 300), () => store.crash(world.between(5, 500)));
    }
  },
};

/** Both ways, from the other stores and from these. */
function isolate(
  { world, network, stores, coordinator }: Cluster,
  { id }: Store,
  more: readonly string[],
  forMs: number,
): void {
  const others = [...stores.keys()].filter((each) => each !== id).concat(more);
  world.trace(() => `${id} is alone, without ${others.join(" ")}`);
  if (more.includes("etcd")) coordinator.unreachableFor.add(id);
  for (const other of others) {
    network.cut(id, other);
    network.cut(other, id);
  }
  world.after(forMs, () => {
    world.trace(() => `${id} is back`);
    coordinator.unreachableFor.delete(id);
    for (const other of others) {
      network.mend(id, other);
      network.mend(other, id);
    }
  });
}
