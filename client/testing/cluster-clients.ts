/** Clients of a MapCluster that know as much of it as a test needs. */
import { type ClaimdClient, type ClientOptions, createClient } from "../index.ts";
import { type MapCluster, NAMESPACE } from "./map-cluster.ts";
import { until } from "./until.ts";

/** Told the address of server 0. */
export function clientOf(cluster: MapCluster, options: Partial<ClientOptions> = {}): ClaimdClient {
  return createClient({ address: cluster.server(0).address, namespace: NAMESPACE, ...options });
}

/** Knows the topology, which it watches at server 0, and has a Session to each of the servers. */
export async function connectedClientOf(
  cluster: MapCluster,
  servers: readonly number[],
  options?: Partial<ClientOptions>,
): Promise<ClaimdClient> {
  const client = clientOf(cluster, options);
  await client.get(cluster.keyOf(0));
  await until(() => client.stats().topologies >= 1);
  for (const at of servers) await client.get(cluster.keyOf(at));
  return client;
}
