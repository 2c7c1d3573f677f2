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

/** Of this process, and of the server where its process is known. */
export function usageOf(serverPid: number | undefined): MeasureUsage {
  const cpu = () => {
    const { user, system } = process.cpuUsage();
    return {
      server: serverPid === undefined ? undefined : cpuSecondsOf(serverPid),
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
