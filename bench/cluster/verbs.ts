/** An operator's verbs on a running cluster: what is asked of it, and what is said of it. */
import { readFileSync } from "node:fs";
import { type ClusterOperator, openOperator, partitionRows, storeRows } from "@claimd/server";
import type { Asked, Verb } from "./arguments.ts";
import { partitionTable, storeTable } from "./screen.ts";

/** Etcd elects a leader within seconds; after that somebody must look. */
const WITHIN_MS = 20_000;

/** Rejects with what is wrong, in a text for people. */
export async function carryOut(command: Verb & { readonly asked: Asked }): Promise<string> {
  const { etcd: endpoints, files, cluster, json } = command.asked;
  const { ca, cert, key } = files;
  const client =
    cert === undefined || key === undefined
      ? {}
      : { client: { certificate: readFileSync(cert), key: readFileSync(key) } };
  const tls = ca === undefined ? {} : { tls: { ca: readFileSync(ca), ...client } };
  const signal = AbortSignal.timeout(WITHIN_MS);
  // Nothing else keeps the program up while it waits.
  const waiting = setInterval(() => undefined, WITHIN_MS);
  await using operator = openOperator({ etcd: { endpoints, ...tls }, cluster, signal });
  try {
    return await answerTo(operator, command, json);
  } finally {
    clearInterval(waiting);
  }
}

async function answerTo(operator: ClusterOperator, command: Verb, json: boolean): Promise<string> {
  switch (command.verb) {
    case "list":
      return await listed(operator, json);
    case "drain":
    case "undrain": {
      const store = await operator.setDraining(command.name, command.verb === "drain");
      return command.verb === "drain"
        ? `${store} is to hold nothing any more: its partitions move away within a minute or so`
        : `${store} may hold partitions again, and is given its share`;
    }
    case "move": {
      const { partition, stores } = command;
      const { goal = [] } = await operator.move(partition, stores);
      return `partition ${partition} is on its way to ${goal.join(", ")}`;
    }
    case "cancel":
      await operator.cancel(command.partition);
      return `partition ${command.partition} stays where it is`;
    case "freeze":
    case "unfreeze":
      await operator.setFrozen(command.partition, command.verb === "freeze");
      return command.verb === "freeze"
        ? `partition ${command.partition} is frozen: nobody moves it`
        : `partition ${command.partition} may be moved again`;
  }
}

async function listed(operator: ClusterOperator, json: boolean): Promise<string> {
  await operator.refresh();
  const [stores, partitions] = [storeRows(operator.state), partitionRows(operator.state)];
  const damaged = [...operator.damaged].map(([key, problem]) => ({ key, problem }));
  if (json) return JSON.stringify({ stores, partitions, damaged }, undefined, 2);
  if (stores.length === 0) throw new Error("etcd knows no stores of a cluster of this name");
  return [
    storeTable(stores),
    "",
    partitionTable(partitions, stores),
    ...damaged.map(({ key, problem }) => `${key} can't be read: ${problem}`),
  ].join("\n");
}
