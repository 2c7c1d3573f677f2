/**
 * What a cluster was made as: the same for all its nodes and for ever.
 *
 *     {"format":1,"partitions":256,"hash":"murmur3-x86-32","replicas":3,"minInSync":2,
 *      "maxClockOffsetMs":1000,"founder":null}
 *
 * Created once, by whoever comes first. Everybody else is refused by the first field that differs,
 * with both values: two nodes that disagree on one of them would grant a key twice.
 *
 * `founder`: the store whose data the cluster begins with, a single node's; null = with none. It is
 * fixed here, because otherwise empty nodes could found the cluster without that data.
 */
import { ClaimdError } from "../errors.ts";
import { PARTITIONS } from "../limits.ts";
import type { ClusterKeys } from "./cluster-keys.ts";
import type { Coordinator } from "./coordinator.ts";
import { type Patience, patiently, pauseOrCancel } from "./patience.ts";

/** What an operator chooses, before the cluster is there. */
export interface ClusterSettings {
  /** 1 to 7: how many stores have a partition, as far as there are so many. */
  readonly replicas: number;
  /** 1 to `replicas`: a grant is on so many disks at least. */
  readonly minInSync: number;
  /** 0 or more: how far a node's clock may be ahead of another's. */
  readonly maxClockOffsetMs: number;
}

export interface ClusterMeta extends ClusterSettings {
  readonly founder: string | undefined;
}

/** In the order in which a difference is told. */
const MADE_AS = { format: 1, partitions: PARTITIONS, hash: "murmur3-x86-32" } as const;
/** Beyond it a grant waits for more disks than any fault takes away. */
const MAX_REPLICAS = 7;

export interface MetaOptions extends Patience {
  readonly coordinator: Coordinator;
  readonly keys: ClusterKeys;
  readonly settings: ClusterSettings;
  /** This node's store, where it has a single node's data that the cluster is to begin with. */
  readonly bringing: string | undefined;
}

/**
 * Creates it or finds it, however long that takes.
 *
 * Rejects with INVALID_CONFIGURATION, WRONG_CLUSTER or CANCELLED.
 */
export async function agreeOnMeta(options: MetaOptions): Promise<ClusterMeta> {
  const { coordinator, keys, settings, bringing } = options;
  checkSettings(settings);
  for (;;) {
    const found = await patiently(options, () => coordinator.read(keys.meta));
    if (found?.value !== undefined) return checkMeta(keys.meta, found.value, settings, bringing);
    const value = encodeMeta({ ...settings, founder: bringing });
    const outcome = await coordinator.transact([{ key: keys.meta, revision: 0, value }]);
    if (outcome !== "applied") await pauseOrCancel(options);
  }
}

export function encodeMeta({
  replicas,
  minInSync,
  maxClockOffsetMs,
  founder = null,
}: ClusterSettings & { readonly founder?: string | null | undefined }): Uint8Array {
  const meta = { ...MADE_AS, replicas, minInSync, maxClockOffsetMs, founder };
  return Buffer.from(JSON.stringify(meta));
}

/** For whoever brings no settings of its own, as operators do. Throws WRONG_CLUSTER. */
export function decodeMeta(key: string, value: Uint8Array): ClusterMeta {
  const fields = fieldsOf(key, value);
  const [replicas, minInSync, maxClockOffsetMs] = ["replicas", "minInSync", "maxClockOffsetMs"].map(
    (field) => {
      const found = fields.get(field);
      if (typeof found === "number") return found;
      throw wrongCluster(`${key}: ${field} is ${shown(found)}, must be a number`);
    },
  ) as [number, number, number];
  return checkMeta(key, value, { replicas, minInSync, maxClockOffsetMs }, undefined);
}

/** Throws WRONG_CLUSTER. */
function checkMeta(
  key: string,
  value: Uint8Array,
  settings: ClusterSettings,
  bringing: string | undefined,
): ClusterMeta {
  const fields = fieldsOf(key, value);
  const { replicas, minInSync, maxClockOffsetMs } = settings;
  const expected = { ...MADE_AS, replicas, minInSync, maxClockOffsetMs };
  for (const [field, wanted] of Object.entries(expected)) {
    if (fields.get(field) === wanted) continue;
    throw wrongCluster(
      `${key}: ${field} is ${shown(fields.get(field))}, this node has ${shown(wanted)}. ` +
        "What a cluster was made as can't be changed: check the cluster's name and the settings",
    );
  }
  const founder = fields.get("founder");
  if (founder !== null && typeof founder !== "string") {
    throw wrongCluster(`${key}: founder is ${shown(founder)}, must be a store or null`);
  }
  if (bringing !== undefined && founder !== bringing) {
    throw wrongCluster(
      `${key}: founder is ${shown(founder)}, this node brings the data of ${shown(bringing)}. ` +
        "The cluster was made without this directory, which holds a single node's data: start " +
        "this node first in a new cluster, or give it an empty directory",
    );
  }
  return { ...settings, founder: founder ?? undefined };
}

function fieldsOf(key: string, value: Uint8Array): ReadonlyMap<string, unknown> {
  const text = Buffer.from(value).toString("utf8");
  try {
    return new Map(Object.entries(Object(JSON.parse(text)) as object));
  } catch (cause) {
    throw wrongCluster(`${key}: ${shown(text.slice(0, 100))} is not JSON`, cause);
  }
}

/** Throws INVALID_CONFIGURATION: a cluster made with such values could never be mended. */
function checkSettings({ replicas, minInSync, maxClockOffsetMs }: ClusterSettings): void {
  const problems = [
    bounds("replicas", replicas, 1, MAX_REPLICAS),
    bounds("minInSync", minInSync, 1, replicas),
    bounds("maxClockOffsetMs", maxClockOffsetMs, 0, Number.MAX_SAFE_INTEGER),
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new ClaimdError("INVALID_CONFIGURATION", problems.join("; "));
}

function bounds(field: string, value: number, min: number, max: number): string | undefined {
  if (Number.isInteger(value) && value >= min && value <= max) return undefined;
  return `${field}: ${value}, must be a whole number from ${min} to ${max}`;
}

function shown(value: unknown): string {
  return value === undefined ? "missing" : JSON.stringify(value);
}

function wrongCluster(message: string, cause?: unknown): ClaimdError {
  return new ClaimdError("WRONG_CLUSTER", message, { cause });
}
