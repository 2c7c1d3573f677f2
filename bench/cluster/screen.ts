/** What `npm run cluster` says: a line a second, and tables of stores and partitions. Pure. */
import type { PartitionRow, StoreRow } from "@claimd/server";

/** Enough of a store's id to tell it from another one, and to name it by. */
const STORE_DIGITS = 8;

export function secondLine(
  second: number,
  rows: readonly StoreRow[],
  partitions: number,
  moves: number,
): string {
  const nodes = rows.map(({ node, address, draining, leads, inSync, holds }) => {
    const is = address === undefined ? "GONE" : draining ? "draining" : "alive";
    const learning = holds > inSync ? `, behind ${holds - inSync}` : "";
    return `${node} ${is}: leads ${leads}, in sync ${inSync}${learning}`;
  });
  const what = nodes.length === 0 ? "no node is known yet" : nodes.join(" | ");
  const missing = partitions === 0 ? " | not founded yet" : "";
  return `${`${second} s`.padStart(6)}  ${what}${missing}${moves === 0 ? "" : ` | moves ${moves}`}`;
}

export function storeTable(rows: readonly StoreRow[]): string {
  const heading = [
    "node",
    "store",
    "boot",
    "address",
    "state",
    "leads",
    "in sync",
    "holds",
    "zone",
  ];
  return table([
    heading,
    ...rows.map(({ node, store, boot, address, state, draining, leads, inSync, holds, zone }) => [
      node,
      store.slice(0, STORE_DIGITS),
      String(boot),
      address ?? "gone",
      draining ? `${state}, draining` : state,
      String(leads),
      String(inSync),
      String(holds),
      zone,
    ]),
  ]);
}

/** Replicas that are no voters with what they are; stores by their nodes. */
export function partitionTable(
  rows: readonly PartitionRow[],
  stores: readonly Pick<StoreRow, "node" | "store">[],
): string {
  const nameOf = (store: string): string => {
    const found = stores.find((each) => each.store === store);
    // A node may have had several stores: then its name says too little.
    const isAlone = stores.filter(({ node }) => node === found?.node).length === 1;
    const digits = store.slice(0, STORE_DIGITS);
    return found === undefined ? digits : isAlone ? found.node : `${found.node}/${digits}`;
  };
  return table([
    ["partition", "leader", "epoch", "in sync", "replicas", "goal", ""],
    ...rows.map(({ partition, leader, epoch, inSync, replicas, goal, frozen }) => [
      String(partition),
      nameOf(leader),
      String(epoch),
      names(inSync.map(({ store }) => nameOf(store))),
      names(
        replicas.map(({ store, role }) =>
          role === "VOTER" ? nameOf(store) : `${nameOf(store)}:${role}`,
        ),
      ),
      goal?.map(nameOf).join(" ") ?? "",
      frozen ? "frozen" : "",
    ]),
  ]);
}

const names = (set: readonly string[]): string => set.toSorted().join(" ");

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) =>
    Math.max(...rows.map((cells) => cells[at]?.length ?? 0)),
  );
  return rows
    .map((cells) => cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  "))
    .map((line) => line.trimEnd())
    .join("\n");
}
