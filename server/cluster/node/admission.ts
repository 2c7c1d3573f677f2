/**
 * What a start agrees on with the rest of the cluster, before anything is served: what the cluster
 * was made as, and that this disk is the one that ran last.
 */
import { randomBytes } from "node:crypto";
import type { Log } from "../../log.ts";
import { ClusterKeys } from "../cluster-keys.ts";
import { agreeOnMeta, type ClusterMeta } from "../cluster-meta.ts";
import { EtcdCoordinator } from "../etcd/etcd-coordinator.ts";
import { REAL_TIMERS } from "../memory-coordinator.ts";
import type { Patience } from "../patience.ts";
import { type BootedStore, bootStore } from "../store-boot.ts";
import { bootFileOnDisk } from "../store-boot-file.ts";
import type { NodeSettings } from "./cluster-settings.ts";

export interface AdmissionParts {
  readonly settings: NodeSettings;
  readonly directory: string;
  readonly storeId: string;
  /** The cluster begins with what this store has, a single node's. */
  readonly bringsData: boolean;
  /** Of the last durable journal entry. */
  readonly durableSequence: () => number;
  readonly log: Log;
}

export interface Admitted {
  readonly coordinator: EtcdCoordinator;
  readonly keys: ClusterKeys;
  readonly meta: ClusterMeta;
  readonly booted: BootedStore;
  readonly ending: AbortController;
}

/** However long etcd takes. Rejects with what makes this store none of this cluster's. */
export async function admit(parts: AdmissionParts): Promise<Admitted> {
  const { settings, directory, storeId, bringsData, durableSequence, log } = parts;
  const coordinator = new EtcdCoordinator(settings.etcd, { log });
  const keys = new ClusterKeys(settings.cluster);
  const ending = new AbortController();
  const patience = patienceOf(ending.signal, log);
  try {
    const meta = await agreeOnMeta({
      ...patience,
      coordinator,
      keys,
      settings,
      bringing: bringsData ? storeId : undefined,
    });
    const booted = await bootStore({
      ...patience,
      ...{ coordinator, keys, store: storeId, node: settings.node, zone: settings.zone },
      file: bootFileOnDisk(directory),
      journalSequence: durableSequence(),
      random: randomBytes,
    });
    return { coordinator, keys, meta, booted, ending };
  } catch (error) {
    await coordinator[Symbol.asyncDispose]();
    throw error;
  }
}

/** Waits for etcd, and says so. */
export function patienceOf(signal: AbortSignal, log: Log): Patience {
  const onWaiting = (error: unknown): void => {
    log.warn({ err: error }, "waiting for etcd");
  };
  return { timers: REAL_TIMERS, signal, onWaiting };
}
