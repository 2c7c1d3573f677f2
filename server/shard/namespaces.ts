/**
 * The node's namespaces by name. A change is guarded by revision, goes through a turn, and is told
 * only when it is durable; it holds for every command decided after it.
 *
 * A name that is deleted and made again is another namespace: ids are never used twice, so no
 * record of the old one can be seen through the new one.
 */

import { ClaimdError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { classesAfterChange, classFor } from "../storage/generation.ts";
import type { Policy } from "../storage/policy.ts";
import type { StoredNamespace } from "../storage/policy-format.ts";
import type { RecordStore } from "../storage/record-store.ts";
import { Namespace } from "./namespace.ts";
import type { Shard } from "./shard.ts";

export interface NamespacesOptions {
  readonly store: RecordStore;
  readonly shard: Shard;
  /** The policy of a namespace made by its first use; undefined = names must be made first. */
  readonly autoCreate: ((name: string) => Policy) | undefined;
}

export class Namespaces {
  readonly #options: NamespacesOptions;
  readonly #byName = new Map<string, Namespace>();
  readonly #byId = new Map<number, Namespace>();
  #nextId: number;

  constructor(options: NamespacesOptions) {
    this.#options = options;
    this.#nextId = options.store.nextNamespaceId;
    for (const { id, policy, classes } of options.store.namespaces.values()) {
      this.#add(new Namespace(id, policy, classes));
    }
  }

  get(name: string): Namespace | undefined {
    return this.#byName.get(name);
  }

  byId(id: number): Namespace | undefined {
    return this.#byId.get(id);
  }

  /** By name. */
  list(): readonly Namespace[] {
    return [...this.#byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Makes the namespace by its first use where that is allowed, else NAMESPACE_NOT_FOUND. */
  async getOrCreate(name: string): Promise<Namespace> {
    const { autoCreate } = this.#options;
    if (autoCreate !== undefined && this.#byName.get(name) === undefined) {
      await this.put(autoCreate(name)).catch((error: unknown) => {
        // Another first use was faster.
        if (!(error instanceof ClaimdError) || error.code !== "NAMESPACE_EXISTS") throw error;
      });
    }
    return this.#existing(name);
  }

  /**
   * Creates (revision 0) or changes (revision = the current one) a namespace.
   *
   * Rejects with NAMESPACE_EXISTS, NAMESPACE_NOT_FOUND, STALE_REVISION, or UNSAFE_REQUEST when an
   * earlier change of the longest window is still taking effect.
   */
  put(policy: Policy): Promise<Policy> {
    return this.#options.shard.change((frame, nowMs) => {
      const namespace = this.#byName.get(policy.name);
      if (namespace === undefined) return this.#create(policy, frame);
      if (policy.revision === 0) {
        throw new ClaimdError("NAMESPACE_EXISTS", `namespace ${policy.name} exists already`);
      }
      guardRevision(namespace, policy.revision);
      return this.#change(namespace, policy, frame, nowMs);
    });
  }

  remove(name: string, revision: number): Promise<void> {
    return this.#options.shard.change((frame) => {
      const namespace = this.#existing(name);
      guardRevision(namespace, revision);
      this.#options.store.stageNamespace(frame, namespace.id, undefined);
      namespace.deleted = true;
      this.#byName.delete(name);
      this.#byId.delete(namespace.id);
      this.#options.shard.parked.lookAtAll(namespace.id);
    });
  }

  setPaused(name: string, paused: boolean): Promise<Policy> {
    return this.#options.shard.change((frame, nowMs) => {
      const namespace = this.#existing(name);
      if (namespace.policy.paused === paused) return namespace.policy;
      return this.#change(namespace, { ...namespace.policy, paused }, frame, nowMs);
    });
  }

  /** As the cluster has it, id included; undefined = it is gone. Resolves when it is durable. */
  adopt(name: string, made: StoredNamespace | undefined): Promise<void> {
    return this.#options.shard.change((frame) => {
      const known = this.#byName.get(name);
      if (known !== undefined && known.id !== made?.id) {
        this.#options.store.stageNamespace(frame, known.id, undefined);
        known.deleted = true;
        this.#byName.delete(name);
        this.#byId.delete(known.id);
        this.#options.shard.parked.lookAtAll(known.id);
      }
      if (made === undefined) return;
      const { id, policy, classes } = made;
      this.#options.store.stageNamespace(frame, id, made);
      const namespace = this.#byId.get(id);
      if (namespace === undefined) this.#add(new Namespace(id, policy, classes));
      else {
        namespace.policy = policy;
        namespace.classes = classes;
      }
      if (policy.paused) this.#options.shard.parked.lookAtAll(id);
    });
  }

  #create(policy: Policy, frame: Frame): Policy {
    if (policy.revision !== 0) throw notFound();
    if (this.#byName.size >= LIMITS.namespaces.max) {
      const { max } = LIMITS.namespaces;
      throw new ClaimdError("INVALID_ARGUMENT", `name: ${max} namespaces exist, at most ${max}`);
    }
    const created = { ...policy, revision: 1 };
    const classes = { current: classFor(policy.maxWindowMs, policy.maxLeaseMs) };
    const namespace = new Namespace(this.#nextId++, created, classes);
    this.#options.store.stageNamespace(frame, namespace.id, stored(namespace));
    this.#add(namespace);
    return created;
  }

  #change(namespace: Namespace, policy: Policy, frame: Frame, nowMs: number): Policy {
    const wanted = classFor(policy.maxWindowMs, policy.maxLeaseMs);
    const change = classesAfterChange(namespace.classes, wanted, nowMs);
    if (change.type === "refused") {
      throw new ClaimdError(
        "UNSAFE_REQUEST",
        `max_window_ms: an earlier change is still taking effect, for ${change.waitMs} ms more`,
        { retryAfterMs: change.waitMs },
      );
    }
    namespace.policy = { ...policy, revision: namespace.policy.revision + 1 };
    namespace.classes = change.classes;
    this.#options.store.stageNamespace(frame, namespace.id, stored(namespace));
    this.#options.shard.parked.lookAtAll(namespace.id);
    return namespace.policy;
  }

  #existing(name: string): Namespace {
    const namespace = this.#byName.get(name);
    if (namespace === undefined) throw notFound();
    return namespace;
  }

  #add(namespace: Namespace): void {
    this.#byName.set(namespace.name, namespace);
    this.#byId.set(namespace.id, namespace);
  }
}

type Frame = Parameters<RecordStore["stageNamespace"]>[0];

function stored({ id, policy, classes }: Namespace): StoredNamespace {
  return { id, policy, classes };
}

function notFound(): ClaimdError {
  return new ClaimdError("NAMESPACE_NOT_FOUND", "no such namespace");
}

function guardRevision({ policy }: Namespace, revision: number): void {
  if (policy.revision === revision) return;
  throw new ClaimdError(
    "STALE_REVISION",
    `revision: ${revision}, but the current one is ${policy.revision}: read it again`,
  );
}
