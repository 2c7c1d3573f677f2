/**
 * What the calls need of the node below them. The shard's classes satisfy it as they are.
 *
 * Must stay true: every submission is answered exactly once, and only when its answer is durable;
 * when the node begins to drain, parked claims are answered too, so that no call waits for ever.
 */
import type { NodeStats } from "../stats.ts";
import type { TopologyView } from "../routing/router.ts";
import type { ListedDouble } from "../shard/doubles.ts";
import type { Namespace } from "../shard/namespace.ts";
import type { ListedRecord, RecordQuery } from "../shard/operator.ts";
import type { Asker, Submission } from "../shard/submission.ts";
import type { Policy } from "../storage/policy.ts";

export interface NodeNamespaces {
  get(name: string): Namespace | undefined;
  /** By name. */
  list(): readonly Namespace[];
  /**
   * Asked only when `get` knows none. Creates it where namespaces come into being by use; else
   * rejects with NAMESPACE_NOT_FOUND.
   */
  getOrCreate(name: string): Promise<Namespace>;
  /** Revision 0 creates, else it must be the current one; resolves with what now holds. */
  put(policy: Policy): Promise<Policy>;
  remove(name: string, revision: number): Promise<void>;
  setPaused(name: string, paused: boolean): Promise<Policy>;
}

export interface NodeService {
  readonly namespaces: NodeNamespaces;
  /** Never throws: a refusal is an answer like any other. */
  submit(submission: Submission): void;
  /** A parked claim is answered CANCELLED; every other command goes on. */
  cancel(asker: Asker, index: number): void;
  listRecords(query: RecordQuery): AsyncIterable<ListedRecord>;
  /** Newest first. */
  doubles(): readonly ListedDouble[];
  stats(): NodeStats;
  /** Takes the wall clock's time as true; how far the node's time went on, in milliseconds. */
  acceptClock(): number;
  readonly draining: boolean;
  topology(): TopologyView;
  /** Called with every change of the topology until the function it gives is called. */
  onTopologyChange(listener: () => void): () => void;
}
