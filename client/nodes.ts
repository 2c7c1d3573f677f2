/**
 * Which node a key belongs to, and the connection to it.
 *
 * A single node serves every key; its addresses are other ways to the same node. This is the place
 * where a topology would be known.
 */
import type { Connection } from "./connection.ts";
import type { CheckedKey } from "./key-bytes.ts";

export interface Nodes {
  /** The node that answers for a key. */
  of(namespace: string, key: CheckedKey): Connection;
  all(): readonly Connection[];
}

export function singleNode(connection: Connection): Nodes {
  return { of: () => connection, all: () => [connection] };
}
