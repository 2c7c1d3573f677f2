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
import { type ControllerRules, controllerRound, type Round } from "./controller-round.ts";
import { writeSteps } from "./controller-writes.ts";
import type { Coordinator } from "./coordinator.ts";
import type { Timers } from "./memory-coordinator.ts";
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
const GATHER_MS = 100;

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
    // With no reason given an error would be made each time, and its stack.
    this.#waking.abort("changed");
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
    const { coordinator, keys, view, rules, nonce, monotonicMs, log } = this.#options;
    const planned = this.#planning.next(view, monotonicMs());
    const round = controllerRound({ state: view, rules, nonce, planned });
    this.#tell(round);
    const { signal } = this.#ending;
    const written = await writeSteps({ coordinator, keys, view, signal }, round.steps);
    const promoted = written.flatMap(({ type, partition, record: { leader, epoch } }) =>
      type === "promotion" ? [{ partition, leader, epoch }] : [],
    );
    if (promoted.length > 0) log.info({ promoted }, "promoted where the leader was gone");
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
