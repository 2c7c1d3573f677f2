/**
 * Which store an operator means: by its id, by the first digits of it, or by the node that uses it.
 * Pure.
 *
 * Never guesses: a name that fits two stores is refused, with both.
 */
import { ClaimdError } from "../../errors.ts";
import type { ClusterState } from "../cluster-view.ts";

/** Fewer digits are more likely a slip than a name. */
const FEWEST_DIGITS = 4;

/** Throws INVALID_ARGUMENT that names what there is. */
export function storeNamed({ stores, nodes }: ClusterState, name: string): string {
  if (stores.has(name)) return name;
  const living = nodes.get(name)?.record.store;
  if (living !== undefined && stores.has(living)) return living;
  const used = [...stores].filter(([, { record }]) => record.node === name).map(([id]) => id);
  const begun =
    name.length < FEWEST_DIGITS ? [] : [...stores.keys()].filter((id) => id.startsWith(name));
  const found = [...new Set([...used, ...begun])];
  const [store] = found;
  if (store !== undefined && found.length === 1) return store;
  if (found.length > 1) {
    throw new ClaimdError(
      "INVALID_ARGUMENT",
      `store: ${JSON.stringify(name)} may be any of ${found.sort().join(", ")}: name one of them`,
    );
  }
  const known = [...stores].map(([id, { record }]) => `${record.node} (${id})`).sort();
  throw new ClaimdError(
    "INVALID_ARGUMENT",
    `store: there is neither a node nor a store ${JSON.stringify(name)}; there ` +
      (known.length === 0 ? "are none at all" : `are ${known.join(", ")}`),
  );
}
