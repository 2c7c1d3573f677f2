/**
 * What each node of a cluster does in a stretch of time: processor time, and claims of completed
 * keys that it has answered by itself.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ClaimdProcess } from "./claimd-process.ts";
import { NAMESPACE } from "./claimd-target.ts";
import type { HotKeyPhase, NodeWork } from "./hot-key-report.ts";
import { cpuSecondsOf } from "./process-usage.ts";
import { readServerMetrics } from "./server-metrics.ts";

type Node = Pick<ClaimdProcess, "pid" | "adminAddress">;

interface Look {
  readonly cpuSeconds: number | undefined;
  readonly completed: number;
}

/** `leader` is the place of the hot key's leader among the nodes. */
export async function workDuring(
  ms: number,
  nodes: readonly Node[],
  leader: number,
): Promise<Pick<HotKeyPhase, "seconds" | "nodes">> {
  const startedAtMs = performance.now();
  const before = await Promise.all(nodes.map(lookAt));
  await sleep(startedAtMs + ms - performance.now());
  const seconds = Math.round(performance.now() - startedAtMs) / 1000;
  const after = await Promise.all(nodes.map(lookAt));
  const work = before.map((each, at) => workBetween(each, after[at] ?? each, at === leader));
  return { seconds, nodes: work };
}

function workBetween(before: Look, after: Look, leads: boolean): NodeWork {
  const isKnown = before.cpuSeconds !== undefined && after.cpuSeconds !== undefined;
  return {
    leads,
    cpuSeconds: isKnown ? rounded(after.cpuSeconds - before.cpuSeconds) : undefined,
    hotAnswers: after.completed - before.completed,
  };
}

async function lookAt({ pid, adminAddress }: Node): Promise<Look> {
  // First: what follows is work of the node's own.
  const cpuSeconds = cpuSecondsOf(pid);
  const metrics = await readServerMetrics(adminAddress);
  const labels = { claim_namespace: NAMESPACE, status: "COMPLETED" };
  return { cpuSeconds, completed: metrics.required("claimd_claims_total", labels) };
}

/** To what /proc counts in. */
function rounded(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
