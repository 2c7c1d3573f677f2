/** What a duplicate of `run` gets: the stored value, or that there is none to be had. */
import { type Command, shapeOf } from "./call.ts";
import type { ClientContext } from "./client-context.ts";
import type { Completed } from "./outcome.ts";
import { readValue, type StoredResult, storedResult } from "./values.ts";

interface Replay {
  readonly replayed: true;
  /** How often the key was granted until it was completed. */
  readonly attempt: number;
  readonly failedOpen: false;
}

/** Done before. The value has passed through JSON: a Date comes back as text. */
export interface ReplayedValue<T> extends Replay {
  readonly omitted: false;
  readonly value: T;
}

/** Done before; the value was too large to be stored, or could not be written as JSON. */
export interface ReplayedWithoutValue extends Replay {
  readonly omitted: true;
  /** Where the handler's result is kept, if the completion said so; else empty. */
  readonly ref: string;
  /** 0 when it could not be written as JSON. */
  readonly sizeBytes: number;
}

export type Replayed<T> = ReplayedValue<T> | ReplayedWithoutValue;

export async function replayOf<T>(
  context: ClientContext,
  command: Command,
  { attempt, result }: Completed,
): Promise<Replayed<T>> {
  const stored = result?.omitted === true ? await askAgain(context, command, result) : result;
  const read = readValue(stored);
  const replay = { replayed: true, attempt, failedOpen: false } as const;
  if (read.omitted) return { ...replay, ...read };
  return { ...replay, omitted: false, value: read.value as T };
}

/** An answer may leave out a stored result to stay small; Get has it then. */
async function askAgain(
  { asker, settings }: ClientContext,
  { shape, key }: Command,
  result: StoredResult,
): Promise<StoredResult> {
  if (result.sizeBytes === 0) return result;
  const get = { shape: shapeOf(shape.namespace, "GET"), key };
  const { answer } = await asker.ask<"get">(get, { timeoutMs: settings.timeoutMs });
  return storedResult(answer.record?.result ?? null) ?? result;
}
