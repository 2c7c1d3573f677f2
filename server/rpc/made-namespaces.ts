/**
 * Namespaces that come into being by their first use, where the node allows that.
 *
 * Costs a look-up per group as long as every namespace is known.
 */
import type { Commands__Output } from "@claimd/proto";
import type { Refusal } from "../claim/reply.ts";
import { namespaceNameProblem } from "./field-checks.ts";
import type { NodeNamespaces } from "./node.ts";
import { failureOf } from "./status.ts";

const NONE: ReadonlyMap<string, Refusal> = new Map();

export function allKnown(
  namespaces: Pick<NodeNamespaces, "get">,
  groups: readonly Commands__Output[],
): boolean {
  for (const { namespace } of groups) if (namespaces.get(namespace) === undefined) return false;
  return true;
}

/** Makes the namespaces that are not there yet; says why of those that could not be made. */
export async function madeNamespaces(
  namespaces: NodeNamespaces,
  groups: readonly Commands__Output[],
): Promise<ReadonlyMap<string, Refusal>> {
  if (allKnown(namespaces, groups)) return NONE;
  const missing = new Map<string, Refusal>();
  for (const name of new Set(groups.map((group) => group.namespace))) {
    if (namespaces.get(name) !== undefined) continue;
    if (namespaceNameProblem("namespace", name) !== undefined) continue;
    try {
      await namespaces.getOrCreate(name);
    } catch (error) {
      const { code, message, retryAfterMs } = failureOf(error);
      missing.set(name, { type: "refused", code, message, retryAfterMs });
    }
  }
  return missing;
}
