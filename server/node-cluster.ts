/** A node's place in its cluster, where its settings name one. */
import type { Config } from "./config.ts";
import type { Log } from "./log.ts";
import type { NodeStorage, Opened } from "./node-storage.ts";
import { etcdSettings, openPeerCertificates } from "./cluster-access.ts";
import { adoptData } from "./cluster/node/adopted-data.ts";
import { admit } from "./cluster/node/admission.ts";
import { ClusterNode, type ClusterNodeParts } from "./cluster/node/cluster-node.ts";

export interface NodeClusterOptions
  extends Pick<ClusterNodeParts, "change" | "namespace" | "monotonicMs" | "onFatal"> {
  readonly config: Config;
  readonly storage: NodeStorage;
  readonly log: Log;
}

const KEPT_UP_MS = 60_000;

/** Undefined: a single node. Waits for etcd as long as that takes. */
export async function openCluster(
  options: NodeClusterOptions,
  opened: Opened,
): Promise<ClusterNode | undefined> {
  const { config, storage, log } = options;
  const { cluster, etcd, nodeId, zone, host, peerPort } = config;
  if (cluster === undefined || etcd === undefined) return undefined;
  const { directory, journal, store, clock } = storage;
  const { replicas, minInSync, maxClockOffsetMs } = config;
  const certificates = await openPeerCertificates(config, log);
  if (certificates !== undefined) opened.use(certificates);
  const settings = {
    ...{ cluster, node: nodeId, zone, host, peerPort, replicas, minInSync, maxClockOffsetMs },
    etcd: await etcdSettings(config, etcd),
    advertisedHost: config.advertiseHost ?? host,
    leaseMs: config.nodeLeaseMs,
  };
  const storeId = Buffer.from(directory.storeId).toString("hex");
  const durableSequence = (): number => journal.lastSequence;
  const bringsData = directory.mode === "single";
  const known = { settings, directory: directory.path, storeId, bringsData, durableSequence, log };
  // Nothing else may keep the process up while it waits for etcd.
  const waiting = setInterval(() => undefined, KEPT_UP_MS);
  const admitted = await admit(known).finally(() => {
    clearInterval(waiting);
  });
  if (bringsData) {
    await adoptData(store, journal, clock.nowMs());
    await directory.join(`cluster:${cluster}`);
    log.info({ cluster, store: storeId }, "the cluster begins with the data of this node");
  }
  const node = opened.use(
    new ClusterNode(
      {
        ...{ ...known, store, certificates },
        nowMs: () => clock.nowMs(),
        ...{ change: options.change, namespace: options.namespace },
        ...{ monotonicMs: options.monotonicMs, onFatal: options.onFatal },
      },
      admitted,
    ),
  );
  const address = await node.listen();
  log.info({ cluster, store: storeId, boot: admitted.booted.boot, address }, "peers may connect");
  return node;
}
