/**
 * The cluster's namespaces, as etcd has them, and a copy of them by name.
 *
 * A change is one transaction guarded on what it was worked out from, and is told when etcd has it.
 * Every node hears of it a moment later; one that can't reach etcd goes on with what it knew.
 *
 * Ids come from a counter that the same transaction raises: an id is never given twice, so no
 * record of a deleted namespace is seen through one of the same name. A cluster that begins with a
 * single node's data begins with its namespaces and ids; until they are there, none is made.
 *
 * Must stay true: the counter is above every id that stands in etcd or stood there.
 */
import { ClaimdError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Policy } from "../storage/policy.ts";
import {
  decodeNamespace,
  encodeNamespace,
  type StoredNamespace,
} from "../storage/policy-format.ts";
import type { ClusterKeys } from "./cluster-keys.ts";
import {
  changedNamespace,
  createdNamespace,
  decodeNextId,
  encodeNextId,
  existingNamespace,
  FIRST_NAMESPACE_ID,
  guardPolicyRevision,
} from "./cluster-namespaces-change.ts";
import type { Coordinator, GuardedWrite, Versioned } from "./coordinator.ts";
import type { Timers } from "./memory-coordinator.ts";
import { pause } from "./patience.ts";
import { WatchedKeys } from "./watched-keys.ts";

export interface ClusterNamespacesOptions {
  readonly coordinator: Coordinator;
  readonly keys: ClusterKeys;
  readonly timers: Timers;
  readonly nowMs: () => number;
  readonly maxClockOffsetMs: number;
  /** The cluster begins with a single node's data, namespaces and ids among them. */
  readonly isBrought: boolean;
  /** Called for every change of the copy; undefined = it is gone. Never throws. */
  readonly onChange: (name: string, namespace: StoredNamespace | undefined) => void;
  /** A record that is none: somebody must look. */
  readonly onDamage: (key: string, error: unknown) => void;
  readonly refreshMs?: number;
}

const MOST_TRIES = 10;
const RETRY_MS = 100;

interface Revised {
  readonly stored: StoredNamespace | undefined;
  /** 0 = it is not there. */
  readonly revision: number;
}

/** What is to be written, and what then is the namespace. */
interface Change {
  readonly writes: readonly GuardedWrite[];
  readonly result: StoredNamespace | undefined;
}

export class ClusterNamespaces implements Disposable {
  readonly #options: ClusterNamespacesOptions;
  readonly #byName = new Map<string, StoredNamespace>();
  readonly #watched: WatchedKeys;

  constructor(options: ClusterNamespacesOptions) {
    this.#options = options;
    const { coordinator, keys, timers, refreshMs } = options;
    this.#watched = new WatchedKeys({
      ...{ coordinator, timers, prefix: keys.namespaces },
      ...(refreshMs === undefined ? {} : { refreshMs }),
      onChange: (entry) => {
        this.#take(entry);
      },
    });
  }

  /** Everything has been read once; a name that is missing may be there before. */
  get loaded(): boolean {
    return this.#watched.loaded;
  }

  get(name: string): StoredNamespace | undefined {
    return this.#byName.get(name);
  }

  /** By name. */
  list(): readonly StoredNamespace[] {
    return [...this.#byName.values()].sort((a, b) => (a.policy.name < b.policy.name ? -1 : 1));
  }

  /** Reads all of etcd's. Whoever begins to lead must not decide by an older copy. */
  refresh(): Promise<void> {
    return this.#watched.refresh();
  }

  /**
   * Creates (revision 0) or changes (revision = the current one) a namespace.
   *
   * Rejects with NAMESPACE_EXISTS, NAMESPACE_NOT_FOUND, STALE_REVISION, INVALID_ARGUMENT: too many;
   * UNSAFE_REQUEST: an earlier change of the longest window is still taking effect; or
   * COORDINATOR_UNAVAILABLE: it may have been made.
   */
  async put(policy: Policy): Promise<StoredNamespace> {
    const { name, revision } = policy;
    const made = await this.#change(name, async (found) => {
      if (found.stored === undefined) return await this.#creation(policy);
      if (revision === 0) {
        throw new ClaimdError("NAMESPACE_EXISTS", `namespace ${name} exists already`);
      }
      guardPolicyRevision(found.stored, revision);
      return this.#replacement(found.stored, found.revision, policy);
    });
    return existingNamespace(made);
  }

  /** Rejects with NAMESPACE_NOT_FOUND, STALE_REVISION or COORDINATOR_UNAVAILABLE. */
  async remove(name: string, revision: number): Promise<void> {
    await this.#change(name, (found) => {
      guardPolicyRevision(existingNamespace(found.stored), revision);
      const key = this.#options.keys.namespace(name);
      return { writes: [{ key, revision: found.revision, value: "delete" }], result: undefined };
    });
  }

  /** Rejects with NAMESPACE_NOT_FOUND or COORDINATOR_UNAVAILABLE. */
  async setPaused(name: string, paused: boolean): Promise<StoredNamespace> {
    const made = await this.#change(name, (found) => {
      const stored = existingNamespace(found.stored);
      if (stored.policy.paused === paused) return { writes: [], result: stored };
      return this.#replacement(stored, found.revision, { ...stored.policy, paused });
    });
    return existingNamespace(made);
  }

  /**
   * Brings a single node's namespaces along; the counter, last of all, says that all are there.
   * What an earlier try has written stays; nothing happens when all are there. Rejects with
   * COORDINATOR_UNAVAILABLE: try again.
   */
  async bring(namespaces: readonly StoredNamespace[], nextId: number): Promise<void> {
    const { keys } = this.#options;
    if (await this.areAllThere()) return;
    for (const stored of namespaces) {
      const key = keys.namespace(stored.policy.name);
      await this.#create(key, encodeNamespace(stored));
    }
    await this.#create(keys.namespaceIds, encodeNextId(nextId));
    await this.refresh();
  }

  /** False while a single node's are being brought: one that is missing may come. */
  async areAllThere(): Promise<boolean> {
    const { coordinator, keys, isBrought } = this.#options;
    return !isBrought || (await coordinator.read(keys.namespaceIds)) !== undefined;
  }

  [Symbol.dispose](): void {
    this.#watched[Symbol.dispose]();
  }

  /** Until it is known what became of it; an unknown outcome is settled by sending again (R9). */
  async #change(
    name: string,
    decide: (found: Revised) => Change | Promise<Change>,
  ): Promise<StoredNamespace | undefined> {
    const { coordinator, timers, keys } = this.#options;
    const key = keys.namespace(name);
    /** May have been applied. */
    const sent: Change[] = [];
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const found = await this.#read(key);
      const mine = sent.find(({ result }) => isSame(result, found.stored));
      if (mine !== undefined) return mine.result;
      const change = await decide(found);
      if (change.writes.length === 0) return change.result;
      const outcome = await coordinator.transact(change.writes);
      if (outcome === "applied") {
        await this.#read(key).catch(() => undefined);
        return change.result;
      }
      if (outcome === "unknown") sent.push(change);
      await pause(timers, RETRY_MS);
    }
    throw unavailable(`namespace ${name} may or may not have been changed: read it again`);
  }

  async #creation(policy: Policy): Promise<Change> {
    const { coordinator, keys, isBrought } = this.#options;
    const { max } = LIMITS.namespaces;
    if (this.#byName.size >= max) {
      throw new ClaimdError("INVALID_ARGUMENT", `name: ${max} namespaces exist, at most ${max}`);
    }
    const key = keys.namespaceIds;
    const counter = await coordinator.read(key);
    if (counter === undefined && isBrought) {
      throw unavailable("the cluster is being founded: its namespaces are not there yet");
    }
    const id = counter?.value === undefined ? FIRST_NAMESPACE_ID : decodeNextId(counter.value);
    const result = createdNamespace(policy, id);
    const writes: readonly GuardedWrite[] = [
      { key, revision: counter?.revision ?? 0, value: encodeNextId(id + 1) },
      { key: keys.namespace(policy.name), revision: 0, value: encodeNamespace(result) },
    ];
    return { writes, result };
  }

  #replacement(stored: StoredNamespace, revision: number, policy: Policy): Change {
    const { keys, nowMs, maxClockOffsetMs } = this.#options;
    const result = changedNamespace(stored, policy, nowMs(), maxClockOffsetMs);
    const key = keys.namespace(policy.name);
    return { writes: [{ key, revision, value: encodeNamespace(result) }], result };
  }

  /** As it is in etcd; the copy hears of it. */
  async #read(key: string): Promise<Revised> {
    const found = await this.#options.coordinator.read(key);
    if (found?.value === undefined) return { stored: undefined, revision: 0 };
    this.#watched.tell(found);
    return { stored: decodeNamespace(found.value), revision: found.revision };
  }

  /** Where there is nothing yet. */
  async #create(key: string, value: Uint8Array): Promise<void> {
    const { coordinator, timers } = this.#options;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      if ((await coordinator.read(key)) !== undefined) return;
      if ((await coordinator.transact([{ key, revision: 0, value }])) === "applied") return;
      await pause(timers, RETRY_MS);
    }
    throw unavailable(`${key} may or may not have been created`);
  }

  #take({ key, value }: Versioned): void {
    const parsed = this.#options.keys.parse(key);
    if (parsed?.type !== "namespace") return;
    const { name } = parsed;
    try {
      const stored = value === undefined ? undefined : decodeNamespace(value);
      if (stored === undefined) this.#byName.delete(name);
      else this.#byName.set(name, stored);
      this.#options.onChange(name, stored);
    } catch (error) {
      this.#options.onDamage(key, error); // What was known of it goes on.
    }
  }
}

function isSame(one: StoredNamespace | undefined, other: StoredNamespace | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return encodeNamespace(one).equals(encodeNamespace(other));
}

function unavailable(message: string): ClaimdError {
  return new ClaimdError("COORDINATOR_UNAVAILABLE", message, { retryAfterMs: 1000 });
}
