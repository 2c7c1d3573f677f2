/** Counts what was decided, as decided: observe mode shows here what it would have refused. */

import type { Command } from "../claim/command.ts";
import type { Reply } from "../claim/reply.ts";
import type { Namespace } from "./namespace.ts";

export function count({ counts, policy }: Namespace, command: Command, reply: Reply): void {
  switch (reply.type) {
    case "claim":
      counts.claims[reply.status] += 1;
      if (reply.status === "GRANTED" && reply.reclaimed) counts.reclaimed += 1;
      if (policy.observe && reply.status !== "GRANTED") counts.shadowed += 1;
      break;
    case "settle":
      if (command.type === "extend") break;
      counts.settles[reply.status] += 1;
      if (reply.late) counts.late += 1;
      break;
    case "refused":
      if (reply.code === "QUOTA_EXCEEDED") counts.overQuota += 1;
      break;
    case "get":
    case "forget":
      break;
  }
}
