/** Clients of a pretend server, and what tests do with them. */
import {
  type ClaimdClient,
  type ClaimOptions,
  type ClientOptions,
  createClient,
  type GrantedClaim,
} from "../index.ts";
import type { MapServer } from "./map-server.ts";

export function clientOf(server: MapServer, options: Partial<ClientOptions> = {}): ClaimdClient {
  return createClient({ address: server.address, namespace: "a", ...options });
}

export async function granted(
  client: ClaimdClient,
  key: string,
  options?: ClaimOptions,
): Promise<GrantedClaim> {
  const outcome = await client.claim(key, options);
  if (outcome.status !== "GRANTED") throw new Error(`${key} is ${outcome.status}`);
  return outcome;
}
