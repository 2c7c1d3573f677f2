/**
 * Generations: runs of slices of time. They hold a namespace's records and are dropped as a whole.
 *
 *     generation id = class (1 byte, 1 to 30) | slice number (3 bytes) | run (2 bytes)
 *
 * Class k has slices of 2^k minutes, counted from 2020-01-01T00:00Z: minutes since 1970 do not fit
 * 24 bits. Class 1 is the smallest in use, so that numbers last until 2083. The first slice holds
 * everything before it and the last one never ends: a clock that is wrong by decades costs space,
 * never a key.
 *
 * A namespace uses the smallest class whose two slices cover its longest lease and window. So a
 * record in slice s is over by the end of slice s + 2, and the id alone says when a slice may go.
 *
 * What is written into a slice is divided into runs, one after the other, so that LevelDB gets
 * random keys in nearly the order of its own (slice-runs.ts). A slice is named by its first run,
 * and all its runs are over at the same moment: time looks at class and slice only.
 *
 * S3 must stay true: a generation is droppable only when no record written into it can be live.
 */
import { assert } from "../errors.ts";

/** 48 bits, never 0: beyond what JavaScript's bit operators can do. */
export type GenerationId = number;

const EPOCH_MS = Date.UTC(2020, 0, 1);
const MINUTE_MS = 60_000;
const SLICES = 2 ** 24;
const MAX_SLICE = SLICES - 1;
const SLICES_COVERING_A_LIFE = 2;
const SLICES_UNTIL_A_CLASS_IS_EMPTY = 3;
const COARSE_STEPS = 4;

export const MIN_CLASS = 1;
export const MAX_CLASS = 30;
/** Numbers for runs; far more than a slice can fill. */
export const RUNS_OF_A_SLICE = 2 ** 16;

/** Which classes hold a namespace's records. */
export interface GenerationClasses {
  /** Where records are written. */
  readonly current: number;
  /** May hold older records until then: a policy change altered the class. */
  readonly previous?: { readonly class: number; readonly untilMs: number };
}

export type ClassChange =
  | { readonly type: "changed"; readonly classes: GenerationClasses }
  | { readonly type: "refused"; readonly waitMs: number };

/** By class. Each write asks for one: looked up, not worked out. */
const SLICE_MS = Array.from({ length: MAX_CLASS + 1 }, (_, each) => 2 ** each * MINUTE_MS);

export function sliceMs(generationClass: number): number {
  const length = SLICE_MS[generationClass];
  assert(length !== undefined, "a known class");
  return length;
}

/** The smallest class whose two slices cover the longest life of a record. */
export function classFor(maxWindowMs: number, maxLeaseMs: number): number {
  const lifeMs = maxWindowMs + maxLeaseMs;
  let generationClass = MIN_CLASS;
  while (sliceMs(generationClass) * SLICES_COVERING_A_LIFE < lifeMs) generationClass += 1;
  return generationClass;
}

/** The slice of this class that time is in, as its first run. */
export function generationAt(generationClass: number, nowMs: number): GenerationId {
  const slice = Math.floor((nowMs - EPOCH_MS) / sliceMs(generationClass));
  return firstRun(generationClass, Math.min(Math.max(slice, 0), MAX_SLICE));
}

function firstRun(generationClass: number, slice: number): GenerationId {
  return (generationClass * SLICES + slice) * RUNS_OF_A_SLICE;
}

export function classOf(generation: GenerationId): number {
  return Math.floor(generation / (SLICES * RUNS_OF_A_SLICE));
}

function sliceOf(generation: GenerationId): number {
  return Math.floor(generation / RUNS_OF_A_SLICE) % SLICES;
}

export function runOf(generation: GenerationId): number {
  return generation % RUNS_OF_A_SLICE;
}

/** What all runs of a slice have in common. */
export function firstRunOf(generation: GenerationId): GenerationId {
  return generation - runOf(generation);
}

export function isGeneration(value: number): boolean {
  const generationClass = classOf(value);
  return generationClass >= MIN_CLASS && generationClass <= MAX_CLASS;
}

/** The first instant behind the slice; never for the last one. */
export function endOfMs(generation: GenerationId): number {
  const slice = sliceOf(generation);
  if (slice === MAX_SLICE) return Number.POSITIVE_INFINITY;
  return EPOCH_MS + (slice + 1) * sliceMs(classOf(generation));
}

/** From when on no record in the generation can be live; `slackMs` is the allowed clock offset. */
export function droppableAtMs(generation: GenerationId, slackMs: number): number {
  return endOfMs(generation) + SLICES_COVERING_A_LIFE * sliceMs(classOf(generation)) + slackMs;
}

/**
 * Where a record is written that is forgotten at `expiresAtMs`: into the slice of now, whose first
 * run this is.
 *
 * One that outlives two slices is from before a policy change that made the class smaller. It goes
 * into a later slice, which is as far off as its end needs: by coarse steps, so that such records
 * are in few generations.
 */
export function generationFor(
  generationClass: number,
  nowMs: number,
  expiresAtMs: number,
): GenerationId {
  const lifeMs = SLICES_COVERING_A_LIFE * sliceMs(generationClass);
  const tooLongMs = expiresAtMs - nowMs - lifeMs;
  if (tooLongMs <= 0) return generationAt(generationClass, nowMs);
  let stepMs = sliceMs(generationClass);
  while (stepMs * COARSE_STEPS < tooLongMs) stepMs *= 2;
  const steps = Math.ceil((expiresAtMs - lifeMs - EPOCH_MS) / stepMs);
  return generationAt(generationClass, EPOCH_MS + steps * stepMs);
}

/**
 * The classes after a policy change that asks for `newClass`.
 *
 * Every generation that a namespace has is asked until it is over, whatever its class. So that they
 * stay few, a change to a third class is refused while records of the one before the last change
 * may be there; going back to that one is not.
 */
export function classesAfterChange(
  classes: GenerationClasses,
  newClass: number,
  nowMs: number,
): ClassChange {
  const { current, previous } = classes;
  if (newClass === current) return { type: "changed", classes };
  if (previous !== undefined && nowMs < previous.untilMs && newClass !== previous.class) {
    return { type: "refused", waitMs: previous.untilMs - nowMs };
  }
  const untilMs = nowMs + SLICES_UNTIL_A_CLASS_IS_EMPTY * sliceMs(current);
  return {
    type: "changed",
    classes: { current: newClass, previous: { class: current, untilMs } },
  };
}
