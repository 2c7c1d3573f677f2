/** The service `Claims`: which method is served by what. */
import { loadClaimd } from "@claimd/proto";
import type { ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import { batch } from "./batch.ts";
import { type Calls, tolerant } from "./calls.ts";
import { unaryClaims } from "./claims-unary.ts";
import type { Forwarding } from "./forwarding.ts";
import type { NodeService } from "./node.ts";
import type { Sessions } from "./sessions.ts";
import type { TopologyWatchers } from "./watch-topology.ts";

export const CLAIMS = "claimd.v1.Claims";

export interface ClaimsParts {
  readonly node: NodeService;
  readonly calls: Calls;
  readonly sessions: Sessions;
  readonly forwarding: Forwarding;
  readonly watchers: TopologyWatchers;
  readonly wallClockMs: () => number;
}

export function claimsDefinition(): ServiceDefinition {
  return tolerant(loadClaimd().Claims.service);
}

export function claimsMethods(parts: ClaimsParts): UntypedServiceImplementation {
  const { node, calls, sessions, watchers, forwarding } = parts;
  const unary = unaryClaims(parts);
  const { service } = loadClaimd().Claims;
  return {
    Claim: calls.unary(CLAIMS, "Claim", forwarding.led(service.Claim, unary.claim)),
    Complete: calls.unary(CLAIMS, "Complete", forwarding.led(service.Complete, unary.complete)),
    Fail: calls.unary(CLAIMS, "Fail", forwarding.led(service.Fail, unary.fail)),
    Extend: calls.unary(CLAIMS, "Extend", forwarding.led(service.Extend, unary.extend)),
    Get: calls.unary(CLAIMS, "Get", forwarding.led(service.Get, unary.get)),
    Forget: calls.unary(CLAIMS, "Forget", forwarding.led(service.Forget, unary.forget)),
    Batch: calls.unary(CLAIMS, "Batch", batch(node, forwarding)),
    Session: sessions.handler(calls, CLAIMS),
    WatchTopology: calls.serverStream(CLAIMS, "WatchTopology", watchers.watch),
  };
}
