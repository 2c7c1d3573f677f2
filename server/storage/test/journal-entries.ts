/**
 * Journal entries for tests: all kinds of them at random, and a form of them that compares well.
 */
import fc from "fast-check";
import type { JournalEntry } from "../journal-entry.ts";

const uint16 = fc.integer({ min: 1, max: 0xffff });
const uint32 = fc.integer({ min: 1, max: 0xffff_ffff });
const uint48 = fc.integer({ min: 1, max: 2 ** 48 - 1 });
const uint53 = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const someBytes = (max: number) => fc.uint8Array({ minLength: 1, maxLength: max });

/** Every kind of entry, with no field at zero unless it means "removed". */
export const anyEntry: fc.Arbitrary<JournalEntry> = fc.oneof(
  fc.record({
    type: fc.constant("record" as const),
    partition: uint16,
    index: uint53,
    epoch: uint32,
    namespaceId: uint32,
    key: someBytes(512),
    generation: uint48,
    previousGeneration: uint48,
    previousBytes: uint32,
    record: someBytes(300),
    token: uint53,
  }),
  fc.record({
    type: fc.constant("record" as const),
    partition: uint16,
    index: uint53,
    epoch: uint32,
    namespaceId: uint32,
    key: someBytes(512),
    generation: fc.constant(0),
    previousGeneration: uint48,
    previousBytes: uint32,
    record: fc.constant(undefined),
    token: uint53,
  }),
  fc.record({
    type: fc.constant("namespace" as const),
    id: uint32,
    value: fc.option(someBytes(300), { nil: undefined }),
  }),
  fc.record({ type: fc.constant("cut" as const), partition: uint16, epoch: uint32, index: uint53 }),
  fc.record({ type: fc.constant("commit" as const), partition: uint16, index: uint53 }),
  fc.record({ type: fc.constant("promise" as const), partition: uint16, epoch: uint32 }),
  fc.record({
    type: fc.constant("membership" as const),
    partition: uint16,
    join: uint53,
    begins: fc.boolean(),
  }),
  fc.record({ type: fc.constant("void" as const), partition: uint16 }),
  fc.record({
    type: fc.constant("installed" as const),
    partition: uint16,
    epoch: uint32,
    index: uint53,
    token: uint53,
    stampMs: uint53,
  }),
);

/** The same with plain Uint8Arrays, so that `toEqual` compares bytes and not classes. */
export function plain(entry: JournalEntry): JournalEntry {
  switch (entry.type) {
    case "record": {
      const record = entry.record === undefined ? undefined : Uint8Array.from(entry.record);
      return { ...entry, key: Uint8Array.from(entry.key), record };
    }
    case "namespace":
      return {
        ...entry,
        value: entry.value === undefined ? undefined : Uint8Array.from(entry.value),
      };
    default:
      return entry;
  }
}
