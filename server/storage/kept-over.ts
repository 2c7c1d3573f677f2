/** An outage keeps generations a while longer that were live when it began. */
import { LIMITS } from "../limits.ts";
import { sliceMs } from "./generation.ts";
import type { Outage } from "./outage.ts";

/**
 * Until when a generation is kept that was to be over at an instant.
 *
 * Outage by outage, as leases are (claim/views.ts): what was over when serving stopped stays over,
 * whatever an earlier outage had prolonged. It may be dropped already, and must not come back.
 *
 * Else until nothing of the class that ran at the stop can be live any more: its lease gets a
 * grace, and its window counts from the end of that. A third of the lease and the window fit two
 * slices.
 */
export function keptOverMs(
  generationClass: number,
  overAtMs: number,
  outage: Outage | undefined,
): number {
  if (outage === undefined) return overAtMs;
  const keptMs = keptOverMs(generationClass, overAtMs, outage.earlier);
  if (keptMs <= outage.stoppedAtMs) return keptMs;
  const graceEndsAtMs =
    outage.resumedAtMs + LIMITS.restartGraceMs.min + 2 * sliceMs(generationClass);
  return Math.max(keptMs, graceEndsAtMs);
}
