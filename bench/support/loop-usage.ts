/** What a loop uses while it measures: processor time of both sides, and the generator's own. */
import { cpuSecondsOf } from "./process-usage.ts";

export interface Usage {
  readonly serverCpuSeconds: number | undefined;
  readonly clientCpuSeconds: number;
  /** Share of the time in which the event loop of this process was at work, 0 to 1. */
  readonly utilization: number;
}

/** Begins to count; the function ends it and tells what was used since. */
export type MeasureUsage = () => () => Usage;

/** Of this process, and of the servers where their processes are known. */
export function usageOf(serverPids: readonly number[]): MeasureUsage {
  const cpu = () => {
    const { user, system } = process.cpuUsage();
    return {
      server: cpuSecondsOfAll(serverPids),
      client: (user + system) / 1e6,
    };
  };
  return () => {
    const before = cpu();
    const loopBefore = performance.eventLoopUtilization();
    return () => {
      const { utilization } = performance.eventLoopUtilization(loopBefore);
      const after = cpu();
      return {
        serverCpuSeconds:
          before.server === undefined || after.server === undefined
            ? undefined
            : after.server - before.server,
        clientCpuSeconds: after.client - before.client,
        utilization,
      };
    };
  };
}

/** Undefined where there are none, or where one is not known. */
function cpuSecondsOfAll(pids: readonly number[]): number | undefined {
  const each = pids.map(cpuSecondsOf);
  const known = each.filter((seconds) => seconds !== undefined);
  if (known.length === 0 || known.length < each.length) return undefined;
  return known.reduce((sum, seconds) => sum + seconds, 0);
}
