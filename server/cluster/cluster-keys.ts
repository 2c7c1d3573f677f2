/**
 * Where everything of a cluster stands in etcd, and what a key found there is of.
 *
 *     /claimd/<cluster>/meta                what the cluster was made as; never changed
 *     /claimd/<cluster>/stores/<store>      permanent
 *     /claimd/<cluster>/nodes/<node>        goes with its lease: a hint
 *     /claimd/<cluster>/partitions/<0…>     permanent
 *     /claimd/<cluster>/namespaces/<name>   permanent
 *     /claimd/<cluster>/namespace-ids       the next id; not below the names, where any may stand
 *
 * Names are written as in a URL, so that none reaches into another's place: not every node's or
 * cluster's name is free of slashes.
 *
 * Must stay true: two things never share a key, and `parse` knows exactly the keys made here.
 */
import { PARTITIONS } from "../limits.ts";

export type ClusterKey =
  | { readonly type: "meta" }
  | { readonly type: "store"; readonly store: string }
  | { readonly type: "node"; readonly node: string }
  | { readonly type: "partition"; readonly partition: number }
  | { readonly type: "namespace"; readonly name: string }
  | { readonly type: "namespaceIds" };

export class ClusterKeys {
  /** Of everything of the cluster, and of nothing else. */
  readonly prefix: string;
  readonly meta: string;
  readonly stores: string;
  readonly nodes: string;
  readonly partitions: string;
  readonly namespaces: string;
  readonly namespaceIds: string;

  constructor(cluster: string) {
    this.prefix = `/claimd/${encodeURIComponent(cluster)}/`;
    this.meta = `${this.prefix}meta`;
    this.stores = `${this.prefix}stores/`;
    this.nodes = `${this.prefix}nodes/`;
    this.partitions = `${this.prefix}partitions/`;
    this.namespaces = `${this.prefix}namespaces/`;
    this.namespaceIds = `${this.prefix}namespace-ids`;
  }

  store(store: string): string {
    return this.stores + encodeURIComponent(store);
  }

  node(node: string): string {
    return this.nodes + encodeURIComponent(node);
  }

  partition(partition: number): string {
    return `${this.partitions}${partition}`;
  }

  namespace(name: string): string {
    return this.namespaces + encodeURIComponent(name);
  }

  /** Undefined: no key of this cluster, or none that this version makes. */
  parse(key: string): ClusterKey | undefined {
    if (key === this.meta) return { type: "meta" };
    if (key === this.namespaceIds) return { type: "namespaceIds" };
    const store = nameIn(key, this.stores);
    if (store !== undefined) return { type: "store", store };
    const node = nameIn(key, this.nodes);
    if (node !== undefined) return { type: "node", node };
    const name = nameIn(key, this.namespaces);
    if (name !== undefined) return { type: "namespace", name };
    const digits = nameIn(key, this.partitions);
    if (digits === undefined || !/^(0|[1-9]\d*)$/.test(digits)) return undefined;
    const partition = Number(digits);
    return partition < PARTITIONS ? { type: "partition", partition } : undefined;
  }
}

function nameIn(key: string, prefix: string): string | undefined {
  if (!key.startsWith(prefix)) return undefined;
  const written = key.slice(prefix.length);
  try {
    const name = decodeURIComponent(written);
    return name !== "" && encodeURIComponent(name) === written ? name : undefined;
  } catch {
    return undefined; // A % that begins nothing.
  }
}
