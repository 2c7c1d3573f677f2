/**
 * Several who write one key at the same time, each guarded on what it read, and whether what they
 * were told fits what is there in the end.
 *
 * Every attempt also creates a key of its own in the same transaction, which says on which revision
 * it was guarded: the list of these is the list of what was applied.
 */
import type { Coordinator, TransactionOutcome, Versioned } from "../coordinator.ts";

export interface Attempt {
  /** The key that is there if it was applied. */
  readonly trace: string;
  readonly guardedOn: number;
  readonly outcome: TransactionOutcome;
}

const contested = (prefix: string): string => `${prefix}contested`;
const tracesOf = (prefix: string): string => `${prefix}trace/`;

let attempts = 0;

/** Each of the coordinators attempts again and again, beside all others, as long as it may. */
export async function race(
  coordinators: readonly Coordinator[],
  prefix: string,
  mayGoOn: (attempts: number) => boolean,
): Promise<readonly Attempt[]> {
  const made: Attempt[] = [];
  const run = async (coordinator: Coordinator): Promise<void> => {
    for (let n = 0; mayGoOn(n); n++) {
      const seen = await coordinator.read(contested(prefix)).catch(() => undefined);
      made.push(await attempt(coordinator, prefix, seen?.revision ?? 0));
    }
  };
  await Promise.all(coordinators.map(run));
  return made;
}

export async function attempt(
  coordinator: Coordinator,
  prefix: string,
  guardedOn: number,
): Promise<Attempt> {
  attempts += 1;
  const trace = `${tracesOf(prefix)}${String(attempts).padStart(6, "0")}`;
  const value = Buffer.from(`${guardedOn}`);
  const outcome = await coordinator.transact([
    { key: contested(prefix), revision: guardedOn, value },
    { key: trace, revision: 0, value },
  ]);
  return { trace, guardedOn, outcome };
}

/**
 * Writes until a revision is read that is higher than all guards so far: then nothing of an unknown
 * outcome can be applied any more (R9).
 */
export async function settle(
  coordinator: Coordinator,
  prefix: string,
  made: readonly Attempt[],
): Promise<void> {
  let highest = Math.max(0, ...made.map(({ guardedOn }) => guardedOn));
  for (;;) {
    const seen = await coordinator.read(contested(prefix)).catch(() => undefined);
    const revision = seen?.revision ?? 0;
    if (revision > highest) return;
    await attempt(coordinator, prefix, revision);
    highest = Math.max(highest, revision);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** `listed`: everything below the prefix. */
export function agreementProblems(
  made: readonly Attempt[],
  listed: readonly Versioned[],
): readonly string[] {
  const traces = listed.filter(({ key }) => key.includes("/trace/"));
  const applied = new Map(traces.map((entry) => [entry.key, entry]));
  const lies = made.flatMap(({ trace, outcome }) => {
    if (outcome === "unknown" || (outcome === "applied") === applied.has(trace)) return [];
    return [`${trace}: ${outcome}, and it is ${applied.has(trace) ? "" : "not "}there`];
  });
  // Those applied are a chain: each guarded on the revision of the one before it.
  let last = 0;
  const breaks = traces
    .toSorted((a, b) => a.revision - b.revision)
    .flatMap(({ key, value, revision }) => {
      const guardedOn = Number(Buffer.from(value ?? []).toString());
      const problem = `${key} at ${revision}: guarded on ${guardedOn}, and ${last} was the last`;
      const fits = guardedOn === last;
      last = revision;
      return fits ? [] : [problem];
    });
  const end = listed.find(({ key }) => key.endsWith("/contested"))?.revision ?? 0;
  const ends = end === last ? [] : [`the key is at ${end}, the last trace at ${last}`];
  return [...lies, ...breaks, ...ends];
}
