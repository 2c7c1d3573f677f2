/**
 * The cluster's namespaces on this node: changed in the coordinator, and kept here as the turns use
 * them, durable, so that a start without the coordinator knows them.
 *
 * A change is told when it is in the coordinator and here; other nodes follow a moment later.
 */
import { setTimeout as delay } from "node:timers/promises";
import { ClaimdError } from "../../errors.ts";
import type { Namespace } from "../../shard/namespace.ts";
import type { Namespaces } from "../../shard/namespaces.ts";
import type { Policy } from "../../storage/policy.ts";
import type { StoredNamespace } from "../../storage/policy-format.ts";
import type { RecordStore } from "../../storage/record-store.ts";
import type { ClusterNamespaces } from "../cluster-namespaces.ts";
import { resolves } from "../patience.ts";

const BRING_AGAIN_MS = 500;

export interface MemberNamespacesParts {
  /** As the turns use them. */
  readonly local: Namespaces;
  readonly cluster: ClusterNamespaces;
  /** The policy of a namespace made by its first use; undefined = names must be made first. */
  readonly autoCreate: ((name: string) => Policy) | undefined;
}

export class MemberNamespaces {
  readonly #parts: MemberNamespacesParts;
  /** One after the other, in the order in which they were told. */
  #adopting: Promise<void> = Promise.resolve();

  constructor(parts: MemberNamespacesParts) {
    this.#parts = parts;
  }

  /** The coordinator has changed it. Refused while the node stops: the next start reads it. */
  changed(name: string, stored: StoredNamespace | undefined): void {
    const { local } = this.#parts;
    this.#adopting = this.#adopting.then(() => local.adopt(name, stored)).catch(() => undefined);
  }

  /** Resolves when what etcd has by now is known here. Rejects with COORDINATOR_UNAVAILABLE. */
  async refreshed(): Promise<void> {
    const { cluster, local } = this.#parts;
    await cluster.refresh();
    // Deleted while this node was away.
    const gone = local.list().filter(({ name }) => cluster.get(name) === undefined);
    if (gone.length > 0 && (await cluster.areAllThere())) {
      for (const { name } of gone)
        if (cluster.get(name) === undefined) this.changed(name, undefined);
    }
    await this.#adopting;
  }

  /** Until the cluster has what this node, a single one so far, has made. */
  async bring(
    { namespaces, nextNamespaceId }: Pick<RecordStore, "namespaces" | "nextNamespaceId">,
    signal: AbortSignal,
  ): Promise<void> {
    const stored = [...namespaces.values()];
    const bring = (): Promise<void> => this.#parts.cluster.bring(stored, nextNamespaceId);
    while (!signal.aborted && !(await resolves(bring()))) await delay(BRING_AGAIN_MS);
  }

  get(name: string): Namespace | undefined {
    return this.#parts.local.get(name);
  }

  list(): readonly Namespace[] {
    return this.#parts.local.list();
  }

  async getOrCreate(name: string): Promise<Namespace> {
    const { autoCreate, cluster, local } = this.#parts;
    if (local.get(name) === undefined) await cluster.refresh();
    if (autoCreate !== undefined && cluster.get(name) === undefined) {
      await this.put(autoCreate(name)).catch((error: unknown) => {
        // Another first use was faster, perhaps on another node.
        if (!(error instanceof ClaimdError) || error.code !== "NAMESPACE_EXISTS") throw error;
      });
    }
    await this.#adopting;
    return await local.getOrCreate(name);
  }

  async put(policy: Policy): Promise<Policy> {
    const { policy: made } = await this.#parts.cluster.put(policy);
    await this.#adopting;
    return made;
  }

  async remove(name: string, revision: number): Promise<void> {
    await this.#parts.cluster.remove(name, revision);
    await this.#adopting;
  }

  async setPaused(name: string, paused: boolean): Promise<Policy> {
    const { policy } = await this.#parts.cluster.setPaused(name, paused);
    await this.#adopting;
    return policy;
  }
}
