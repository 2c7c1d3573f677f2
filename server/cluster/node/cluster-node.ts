/**
 * This node in its cluster, wired in reading order: coordinator, what the cluster was made as, this
 * store's start, what is known of the others, replicas, peers, controller.
 *
 *   opening → registered (others count on it) → leaving (departure.ts) → closed
 */
import { randomInt } from "node:crypto";
import type { Certificates } from "../../certificates.ts";
import { ClaimdError } from "../../errors.ts";
import { PARTITIONS } from "../../limits.ts";
import type { TopologyView } from "../../routing/router.ts";
import type { Namespace } from "../../shard/namespace.ts";
import type { TurnChange } from "../../storage/partition-erasing.ts";
import type { RecordStore } from "../../storage/record-store.ts";
import { VERSION } from "../../version.ts";
import type { Namespaces } from "../../shard/namespaces.ts";
import type { Policy } from "../../storage/policy.ts";
import { ClusterNamespaces } from "../cluster-namespaces.ts";
import { foundPartitions } from "../cluster-meta-founding.ts";
import { ClusterView } from "../cluster-view.ts";
import { Controller, DEFAULT_RULES } from "../controller.ts";
import { REAL_TIMERS } from "../memory-coordinator.ts";
import { NodeRegistration } from "../node-registry.ts";
import { encodeNodeRecord } from "../node-record.ts";
import { shared } from "../patience.ts";
import { PeerNetwork } from "../peers/peer-network.ts";
import { bootFileOnDisk } from "../store-boot-file.ts";
import { StoreUpkeep } from "../store-upkeep.ts";
import { Topology } from "../topology.ts";
import { type AdmissionParts, type Admitted, patienceOf } from "./admission.ts";
import type { ClusterStats } from "../../stats.ts";
import { depart } from "./departure.ts";
import { Liveness } from "./liveness.ts";
import { Member } from "./member.ts";
import { MemberNamespaces } from "./member-namespaces.ts";
import { notLeader } from "./not-leader.ts";
import { PartitionRecords } from "./partition-records.ts";

export interface ClusterNodeParts extends AdmissionParts {
  readonly store: RecordStore;
  readonly change: TurnChange;
  readonly namespace: (id: number) => Namespace | undefined;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly certificates: Certificates | undefined;
  readonly onFatal: (error: unknown) => void;
}

const HEARTBEAT_MS = 400;
const TIMES = { slowMs: 1500, heartbeatMs: HEARTBEAT_MS, appendEntries: 1024 } as const;

export class ClusterNode {
  readonly member: Member;
  readonly #parts: ClusterNodeParts;
  readonly #admitted: Admitted;
  readonly #view: ClusterView;
  readonly #topology: Topology;
  readonly #network: PeerNetwork;
  readonly #controller: Controller;
  readonly #upkeep: StoreUpkeep;
  readonly #ticking: NodeJS.Timeout;
  readonly #topologyListeners = new Set<() => void>();
  #namespaces: MemberNamespaces | undefined;
  #registration: NodeRegistration | undefined;
  readonly #liveness: Liveness;
  #peerPort = 0;
  #closed: Promise<void> | undefined;

  constructor(parts: ClusterNodeParts, admitted: Admitted) {
    const { settings, storeId, store, log, nowMs, monotonicMs, onFatal } = parts;
    const { coordinator, keys, meta, booted } = admitted;
    this.#parts = parts;
    this.#admitted = admitted;
    const self = { store: storeId, boot: booted.boot };
    const { minInSync, maxClockOffsetMs } = meta;
    this.#view = new ClusterView({
      ...{ coordinator, keys, timers: REAL_TIMERS },
      onChange: (partition) => {
        this.#changed(partition);
      },
      onDamage: (key, error) => {
        log.error({ key, err: error }, "a record in etcd can't be read");
      },
    });
    this.#topology = new Topology(this.#view);
    const records = new PartitionRecords({
      ...{ coordinator, keys, self, minInSync },
      view: this.#view,
    });
    const rules = { minInSync, maxClockOffsetMs, ...TIMES };
    this.member = new Member({
      ...{ self, rules, store, nowMs, monotonicMs, log, onFatal },
      refreshNamespaces: shared(async () => {
        await this.#namespaces?.refreshed();
      }),
      change: parts.change,
      namespace: parts.namespace,
      send: (to, partition, message) => {
        this.#network.send(to, partition, message);
      },
      flush: () => {
        this.#network.flush();
      },
      records,
      refusal: (partition) =>
        notLeader(partition, this.#view.partitions.get(partition)?.record, {
          store: storeId,
          addressOf: (other) => this.#nodeOf(other)?.address,
        }),
      onDamaged: (reason) => {
        void this.#upkeep.markDamaged(reason).finally(() => {
          onFatal(new ClaimdError("STORE_DAMAGED", reason));
        });
      },
    });
    this.#liveness = new Liveness({
      ...{ change: parts.change, monotonicMs, log },
      isRefused: () => this.member.isRefused,
    });
    const { cluster, node } = settings;
    const identity = { ...self, cluster, node, partitions: PARTITIONS, hash: "murmur3-x86-32" };
    this.#network = new PeerNetwork({
      self: identity,
      addressOf: (each) => this.#nodeOf(each)?.peerAddress,
      onMessage: (from, partition, message) => {
        this.member.receive(from, partition, message);
      },
      certificates: parts.certificates,
      log,
      random: () => randomInt(2 ** 32) / 2 ** 32,
    });
    let writes = 0;
    const nonce = (): string => `${node}/${booted.nonce}/${(writes += 1)}`;
    this.#controller = new Controller({
      ...{ coordinator, keys, timers: REAL_TIMERS, monotonicMs, nonce, log, store: storeId },
      view: this.#view,
      rules: { ...DEFAULT_RULES, minInSync, replicas: meta.replicas },
    });
    this.#upkeep = new StoreUpkeep({
      ...{ coordinator, keys, booted, timers: REAL_TIMERS },
      file: bootFileOnDisk(parts.directory),
      durableSequence: parts.durableSequence,
      onLost: onFatal,
    });
    const { ending } = admitted;
    foundPartitions({
      ...patienceOf(ending.signal, log),
      ...{ coordinator, keys, meta, nonce, monotonicMs, view: this.#view },
    }).catch((error: unknown) => {
      if (!ending.signal.aborted) onFatal(error);
    });
    this.#ticking = setInterval(() => {
      this.member.tick();
    }, HEARTBEAT_MS / 2);
  }

  /** The cluster's namespaces, kept in `local` as the turns use them. */
  namespacesOver(
    local: Namespaces,
    autoCreate: ((name: string) => Policy) | undefined,
    opened: { onClose(closer: () => unknown): void },
  ): MemberNamespaces {
    const { coordinator, keys, meta } = this.#admitted;
    const { log, nowMs, store, storeId } = this.#parts;
    const cluster = new ClusterNamespaces({
      ...{ coordinator, keys, timers: REAL_TIMERS, nowMs },
      maxClockOffsetMs: meta.maxClockOffsetMs,
      isBrought: meta.founder !== undefined,
      onChange: (name, stored) => {
        namespaces.changed(name, stored);
      },
      onDamage: (key, error) => {
        log.error({ key, err: error }, "a namespace in etcd can't be read");
      },
    });
    const namespaces = new MemberNamespaces({ local, cluster, autoCreate });
    this.#namespaces = namespaces;
    if (meta.founder === storeId) void namespaces.bring(store, this.#admitted.ending.signal);
    opened.onClose(() => {
      cluster[Symbol.dispose]();
    });
    return namespaces;
  }

  stats(): ClusterStats {
    const { settings, storeId } = this.#parts;
    const { boot } = this.#admitted.booted;
    const peers = this.#network.links().map((link) => {
      const node = [...this.#view.nodes].find(([, { record }]) => record.store === link.store)?.[0];
      return { ...link, node };
    });
    return { cluster: settings.cluster, store: storeId, boot, ...this.member.stats(), peers };
  }

  topology(): TopologyView {
    return this.#topology.view();
  }

  onTopologyChange(listener: () => void): () => void {
    this.#topologyListeners.add(listener);
    return () => {
      this.#topologyListeners.delete(listener);
    };
  }

  /** Where peers reach this node; before `register`. */
  async listen(): Promise<string> {
    const { host, peerPort, advertisedHost } = this.#parts.settings;
    this.#peerPort = await this.#network.listen(host, peerPort);
    return `${advertisedHost}:${this.#peerPort}`;
  }

  /** From now on others count on this node. `grpcPort` is where clients reach it. */
  register(grpcPort: number): void {
    const { settings, storeId, store, change } = this.#parts;
    const { coordinator, keys, booted } = this.#admitted;
    store.whole.begin(change);
    const { advertisedHost, node, zone, leaseMs } = settings;
    this.#registration = new NodeRegistration({
      ...{ coordinator, timers: REAL_TIMERS, leaseMs },
      key: keys.node(node),
      value: encodeNodeRecord({
        ...{ store: storeId, boot: booted.boot, zone, build: VERSION },
        address: `${advertisedHost}:${grpcPort}`,
        peerAddress: `${advertisedHost}:${this.#peerPort}`,
      }),
      isWell: () => this.#liveness.isWell,
    });
  }

  /** Gives what it leads to others, as far as they can take it, and says goodbye. */
  async leave(): Promise<void> {
    const { booted, meta } = this.#admitted;
    await depart({
      ...{ view: this.#view, member: this.member, store: booted.store },
      ...{ minInSync: meta.minInSync, monotonicMs: this.#parts.monotonicMs },
    });
    await this.#registration?.[Symbol.asyncDispose]();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    clearInterval(this.#ticking);
    this.#liveness[Symbol.dispose]();
    this.#admitted.ending.abort();
    await this.#controller[Symbol.asyncDispose]();
    await this.#upkeep[Symbol.asyncDispose]();
    await this.#registration?.[Symbol.asyncDispose]();
    await this.member.close();
    await this.#network.close();
    this.#view[Symbol.dispose]();
    await this.#admitted.coordinator[Symbol.asyncDispose]();
  }

  #changed(partition: number | undefined): void {
    this.#topology.changed();
    for (const each of this.#topologyListeners) each();
    this.#controller.wake();
    if (partition === undefined) return;
    const known = this.#view.partitions.get(partition);
    if (known !== undefined) this.member.observe(partition, known.revision, known.record);
  }

  #nodeOf(store: string) {
    return [...this.#view.nodes.values()].find(({ record }) => record.store === store)?.record;
  }
}
