/**
 * A node in memory for tests of the calls: takes every submission, answers in rows as a turn does,
 * parks what the script leaves without an answer. Decides nothing.
 */
import type { Refusal, Reply } from "../../claim/reply.ts";
import { ClaimdError } from "../../errors.ts";
import type { NodeStats } from "../../stats.ts";
import type { ListedDouble } from "../../shard/doubles.ts";
import { Namespace } from "../../shard/namespace.ts";
import type { ListedRecord, RecordQuery } from "../../shard/operator.ts";
import { defaultPolicy, type PolicyDraft, policyOf } from "../../shard/policy-rules.ts";
import { REFUSED } from "../../shard/refusals.ts";
import type { Asker, Submission } from "../../shard/submission.ts";
import type { Policy } from "../../storage/policy.ts";
import type { NodeService } from "../node.ts";

/** Undefined = parked until `answerParked` or a cancel. */
export type Script = (submission: Submission) => Reply | undefined;

export class NodeTwin implements NodeService {
  readonly submitted: Submission[] = [];
  readonly parked = new Set<Submission>();
  readonly queries: RecordQuery[] = [];
  readonly #byName = new Map<string, Namespace>();
  #waiting: Submission[] = [];
  script: Script = plainReply;
  autoCreate = false;
  draining = false;
  records: AsyncIterable<ListedRecord> = none();
  knownDoubles: ListedDouble[] = [];

  constructor(...drafts: readonly PolicyDraft[]) {
    for (const draft of drafts) this.#add({ ...policyOf(draft), revision: 1 });
  }

  readonly namespaces = {
    get: (name: string) => this.#byName.get(name),
    list: () => [...this.#byName.values()],
    getOrCreate: async (name: string): Promise<Namespace> => {
      await Promise.resolve();
      if (!this.autoCreate) throw new ClaimdError("NAMESPACE_NOT_FOUND", `no namespace ${name}`);
      return this.#add({ ...defaultPolicy(name), revision: 1 });
    },
    put: async (policy: Policy): Promise<Policy> => {
      await Promise.resolve();
      const current = this.#byName.get(policy.name)?.policy;
      if (policy.revision !== (current?.revision ?? 0)) {
        throw new ClaimdError("STALE_REVISION", "another revision holds");
      }
      return this.#add({ ...policy, revision: policy.revision + 1 }).policy;
    },
    remove: async (name: string): Promise<void> => {
      await Promise.resolve();
      this.#byName.delete(name);
    },
    setPaused: async (name: string, paused: boolean): Promise<Policy> => {
      await Promise.resolve();
      const { policy } = this.#byName.get(name) as Namespace;
      return this.#add({ ...policy, paused, revision: policy.revision + 1 }).policy;
    },
  };

  submit(submission: Submission): void {
    this.submitted.push(submission);
    this.#waiting.push(submission);
    if (this.#waiting.length > 1) return;
    setImmediate(() => {
      const turn = this.#waiting;
      this.#waiting = [];
      const askers = new Set<Asker>();
      for (const each of turn) {
        const reply = this.script(each);
        if (reply === undefined) this.parked.add(each);
        else {
          each.asker.answer(each.index, reply);
          askers.add(each.asker);
        }
      }
      for (const asker of askers) asker.flush();
    });
  }

  cancel(asker: Asker, index: number): void {
    for (const each of this.parked) {
      if (each.asker !== asker || each.index !== index) continue;
      this.answerParked(each, REFUSED.cancelled);
      return;
    }
  }

  answerParked(submission: Submission, reply: Reply | Refusal): void {
    this.parked.delete(submission);
    submission.asker.answer(submission.index, reply);
    submission.asker.flush();
  }

  listRecords(query: RecordQuery): AsyncIterable<ListedRecord> {
    this.queries.push(query);
    return this.records;
  }

  doubles(): readonly ListedDouble[] {
    return this.knownDoubles;
  }

  stats(): NodeStats {
    return SAMPLE_STATS;
  }

  acceptClock(): number {
    return -1500;
  }

  topologyVersion = 3;
  readonly #topologyListeners = new Set<() => void>();

  /** The topology has changed. */
  changeTopology(): void {
    this.topologyVersion += 1;
    for (const each of this.#topologyListeners) each();
  }

  readonly onTopologyChange = (listener: () => void) => {
    this.#topologyListeners.add(listener);
    return () => {
      this.#topologyListeners.delete(listener);
    };
  };

  get topologyWatchers(): number {
    return this.#topologyListeners.size;
  }

  readonly topology = () => ({
    version: this.topologyVersion,
    partitions: 2,
    nodes: [{ id: "a", address: "127.0.0.1:7600" }],
    leaders: [1, 1],
    epochs: [0, 5],
  });

  #add(policy: Policy): Namespace {
    const namespace = this.#byName.get(policy.name);
    if (namespace !== undefined) {
      namespace.policy = policy;
      return namespace;
    }
    const added = new Namespace(this.#byName.size + 1, policy, { current: 1 });
    this.#byName.set(policy.name, added);
    return added;
  }
}

async function* none(): AsyncGenerator<ListedRecord> {
  // Nothing is stored.
}

/** What each kind of command gets on a good day. */
export function plainReply({ command, hash }: Submission): Reply {
  switch (command.type) {
    case "claim":
      return {
        type: "claim",
        status: "GRANTED",
        token: 1 + hash,
        attempt: 1,
        leaseMs: 30_000,
        hold: false,
        reclaimed: false,
        shadowed: false,
      };
    case "get":
      return { type: "get", record: undefined };
    case "forget":
      return { type: "forget", existed: true };
    case "complete":
    case "fail":
    case "extend":
    case "resolve":
      return { type: "settle", status: "APPLIED", late: false, current: undefined };
  }
}

export const SAMPLE_STATS: NodeStats = {
  nodeId: "a",
  version: "1.2.3",
  uptimeMs: 4000,
  namespaces: [
    {
      name: "payments",
      records: 7,
      bytes: 700,
      unsettled: { leases: 2, held: 1, exhausted: 3, oldestLeaseMs: 1500 },
    },
    { name: "mails", records: 1, bytes: 100, unsettled: undefined },
  ],
  storage: {
    journalSequence: 12,
    appliedSequence: 10,
    journalBytes: 4096,
    overlayRecords: 5,
    generations: 2,
    generationsDropped: 9,
    generationsDropping: 1,
    rebuilding: false,
    diskFreeBytes: 1e9,
    grantsRefused: true,
    levelFiles: [3, 1],
  },
  clock: { offsetMs: -250, alarm: true },
  waitingCommands: 6,
  parkedClaims: 8,
  cluster: undefined,
};
