/** The service `Claims`: which method is served by what. */
import { loadClaimd } from "@claimd/proto";
import type { ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import { batch } from "./batch.ts";
import { type Calls, tolerant } from "./calls.ts";
import { unaryClaims } from "./claims-unary.ts";
import type { NodeService } from "./node.ts";
import type { Sessions } from "./sessions.ts";
import type { TopologyWatchers } from "./watch-topology.ts";

export const CLAIMS = "claimd.v1.Claims";

export interface ClaimsParts {
  readonly node: NodeService;
  readonly calls: Calls;
  readonly sessions: Sessions;
  readonly watchers: TopologyWatchers;
  readonly wallClockMs: () => number;
}

export function claimsDefinition(): ServiceDefinition {
  return tolerant(loadClaimd().Claims.service);
}

export function claimsMethods(parts: ClaimsParts): UntypedServiceImplementation {
  const { node, calls, sessions, watchers } = parts;
  const unary = unaryClaims(parts);
  return {
    Claim: calls.unary(CLAIMS, "Claim", unary.claim),
    Complete: calls.unary(CLAIMS, "Complete", unary.complete),
    Fail: calls.unary(CLAIMS, "Fail", unary.fail),
    Extend: calls.unary(CLAIMS, "Extend", unary.extend),
    Get: calls.unary(CLAIMS, "Get", unary.get),
    Forget: calls.unary(CLAIMS, "Forget", unary.forget),
    Batch: calls.unary(CLAIMS, "Batch", batch(node)),
    Session: sessions.handler(calls, CLAIMS),
    WatchTopology: calls.serverStream(CLAIMS, "WatchTopology", watchers.watch),
  };
}
