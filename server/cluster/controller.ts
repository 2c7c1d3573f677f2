/**
 * The loop that carries out what `controllerRound` decides. One runs on each node, and all are
 * equal: whoever is first writes, the others hear of it.
 *
 *     something changed, or a second passed → round → transactions, many at once → what conflicted
 *     is read again → round …
 *
 * A dead leader's partitions are all promoted within two seconds after its lease is gone, 256 of
 * them too. Never waits for anything but the coordinator, and never for ever.
 */
import type { ClusterKeys } from "./cluster-keys.ts";
import type { ClusterView } from "./cluster-view.ts";
import { Planning } from "./controller-planning.ts";
import {
  type ControllerRules,
  controllerRound,
  type Round,
  type Step,
} from "./controller-round.ts";
import type { Coordinator, GuardedWrite } from "./coordinator.ts";
import type { Timers } from "./memory-coordinator.ts";
import { encodePartitionRecord } from "./partition-record-format.ts";
import { pause } from "./patience.ts";

export interface ControllerLog {
  info(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface ControllerOptions {
  readonly coordinator: Coordinator;
  readonly keys: ClusterKeys;
  /** Whose changes are told by `wake`. */
  readonly view: ClusterView;
  /** This node's own. */
  readonly store: string;
  readonly rules: ControllerRules;
  readonly timers: Timers;
  readonly monotonicMs: () => number;
  /** Of this writer, never the same twice. */
  readonly nonce: () => string;
  readonly log: ControllerLog;
}

export const DEFAULT_RULES = {
  /** Longer than a restart, an update of a machine, a reboot. */
  replaceAfterMs: 10 * 60_000,
  /** Each copies a 256th of the data; more at once would slow claims down, fewer a repair. */
  learners: 8,
} as const;

const ROUND_MS = 1000;
/** What changes together is told in pieces. */
const GATHER_MS = 20;
/** Waiting for etcd one by one, 256 would take seconds. */
const TRANSACTIONS_AT_ONCE = 64;

export class Controller implements AsyncDisposable {
  readonly #options: ControllerOptions;
  readonly #ending = new AbortController();
  readonly #running: Promise<void>;
  #waking = new AbortController();
  readonly #planning: Planning;
  #stranded = "";

  constructor(options: ControllerOptions) {
    this.#options = options;
    const { store, rules, log } = options;
    this.#planning = new Planning({
      ...{ store, rules },
      onPlan: (members, { moves, forced }) => {
        const stores = members.map((each) => each.store);
        log.info({ stores, moves: moves.length, forced }, "planned");
      },
    });
    this.#running = this.#run();
  }

  /** Something has changed. */
  wake(): void {
    this.#waking.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    this.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { timers, view } = this.#options;
    const { signal } = this.#ending;
    for (;;) {
      await pause(timers, ROUND_MS, this.#waking.signal);
      await pause(timers, GATHER_MS, signal);
      this.#waking = new AbortController();
      if (signal.aborted) return;
      if (view.loaded) await this.#round();
    }
  }

  async #round(): Promise<void> {
    const { view, rules, nonce, monotonicMs } = this.#options;
    const planned = this.#planning.next(view, monotonicMs());
    const round = controllerRound({ state: view, rules, nonce, planned });
    this.#tell(round);
    const waiting = [...round.steps];
    const promoted: { partition: number; leader: string; epoch: number }[] = [];
    const worker = async (): Promise<void> => {
      for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
        if (this.#ending.signal.aborted) return;
        const isWritten = await this.#write(step);
        if (!isWritten || step.type !== "promotion") continue;
        const { leader, epoch } = step.record;
        promoted.push({ partition: step.partition, leader, epoch });
      }
    };
    await Promise.all(Array.from({ length: TRANSACTIONS_AT_ONCE }, worker));
    if (promoted.length === 0) return;
    this.#options.log.info({ promoted }, "promoted where the leader was gone");
  }

  async #write({ partition, record, revision, guard }: Step): Promise<boolean> {
    const { coordinator, keys, view } = this.#options;
    // Somebody else was faster.
    if (view.partitions.get(partition)?.revision !== revision) return false;
    const key = keys.partition(partition);
    const value = encodePartitionRecord(record);
    const writes: GuardedWrite[] = [{ key, revision, value }];
    if (guard !== undefined) {
      writes.push({ key: keys.store(guard.store), revision: guard.revision, value: "guard" });
    }
    if ((await coordinator.transact(writes)) === "applied") return true;
    // The watch may have missed what stood in the way, or what has become of this.
    for (const each of writes) await this.#readAgain(each.key);
    return false;
  }

  async #readAgain(key: string): Promise<void> {
    const { coordinator, view } = this.#options;
    const found = await coordinator.read(key).catch(() => undefined);
    if (found !== undefined) view.tell(found);
  }

  #tell({ stranded, refused }: Round): void {
    const { log } = this.#options;
    for (const problem of refused) log.error({ problem }, "a controller's step is illegal");
    const now = stranded.join(" ");
    if (now === this.#stranded) return;
    this.#stranded = now;
    if (stranded.length === 0) log.info({}, "every partition can be led again");
    else log.error({ partitions: stranded }, "nobody in sync is there to lead these partitions");
  }
}
