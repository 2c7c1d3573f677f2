/** What tests of a Coordinator do again and again. */
import { expect } from "vitest";
import type { Coordinator, Versioned } from "../coordinator.ts";

export const bytes = (text: string): Uint8Array => Buffer.from(text);
export const textOf = (entry: Versioned | undefined): string | undefined =>
  entry?.value && Buffer.from(entry.value).toString();

/** To be compared: whether bytes are a Buffer is nobody's business. */
export const shown = (entry: Versioned | undefined): object | undefined =>
  entry && { ...entry, value: textOf(entry) };

const WAIT_MS = 20_000;

/** Looks again and again, in the real time of the test. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  withinMs = WAIT_MS,
): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Of the key's last change; 0 = it is not there. */
export async function revisionOf(coordinator: Coordinator, key: string): Promise<number> {
  return (await coordinator.read(key))?.revision ?? 0;
}

/** Guarded on the key as it is; gives the revision it then has. */
export async function put(coordinator: Coordinator, key: string, text: string): Promise<number> {
  const revision = await revisionOf(coordinator, key);
  expect(await coordinator.transact([{ key, revision, value: bytes(text) }])).toBe("applied");
  return await revisionOf(coordinator, key);
}

/** A watch that is known to run: changes of a key of its own were told. */
export async function watching(coordinator: Coordinator, prefix: string): Promise<Versioned[]> {
  const probe = `${prefix}~probe`;
  const told: Versioned[] = [];
  let runs = false;
  coordinator.watch(prefix, (entry) => {
    if (entry.key === probe) runs = true;
    else told.push(entry);
  });
  await until("the watch runs", async () => {
    await put(coordinator, probe, "?");
    return runs;
  });
  return told;
}

let prefixes = 0;
/** Keys of a test's own, also when the store is not. */
export function newPrefix(): string {
  prefixes += 1;
  return `/contract/${prefixes}/`;
}
