/**
 * When this node did not serve: leases that ran then get a grace when it serves again.
 *
 * Earlier outages count as long as a grace they gave may last: else the second start of a crash
 * loop would take the grace of the first one back, from owners that had no time to renew.
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { writeDurably } from "./durable-file.ts";

export interface Outage {
  readonly stoppedAtMs: number;
  readonly resumedAtMs: number;
  /** The one before, while the grace it gave may last. */
  readonly earlier?: Outage | undefined;
}

export interface OutageLog {
  warn(details: object, message: string): void;
}

const FILE = "outages.json";
/** A third of the longest lease. */
const LONGEST_GRACE_MS = Math.ceil(LIMITS.leaseMs.max / 3);
/** A crash loop that goes on for longer has no owners left that wait for it. */
const MOST_OUTAGES = 100;

const outages = z.array(
  z.strictObject({ stoppedAtMs: z.number().min(0), resumedAtMs: z.number().min(0) }),
);

/** Notes the outage that ends now, and gives it with those before that still matter. */
export async function resumeServing(
  directory: string,
  { stoppedAtMs, resumedAtMs }: Outage,
  log: OutageLog,
): Promise<Outage> {
  const known = await readOutages(directory, log);
  const still = known.filter((each) => each.resumedAtMs + LONGEST_GRACE_MS > stoppedAtMs);
  const all = [...still, { stoppedAtMs, resumedAtMs }].slice(-MOST_OUTAGES);
  await writeDurably(directory, FILE, `${JSON.stringify(all)}\n`);
  return all.reduce<Outage | undefined>(
    (earlier, each) => ({ ...each, earlier }),
    undefined,
  ) as Outage;
}

/** Without the file leases get the grace of this outage alone. */
async function readOutages(directory: string, log: OutageLog): Promise<readonly Outage[]> {
  try {
    return outages.parse(JSON.parse(await readFile(join(directory, FILE), "utf8")));
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ENOENT") {
      log.warn({ error }, `${FILE} can't be read: earlier outages are not known`);
    }
    return [];
  }
}
