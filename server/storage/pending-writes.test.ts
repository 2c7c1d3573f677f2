import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RecordEntry } from "./journal-entry.ts";
import { PendingWrites } from "./pending-writes.ts";

function entry(partition: number, index: number): RecordEntry {
  return {
    ...{ type: "record", partition, index, epoch: 1, namespaceId: 1, key: Buffer.from("key") },
    ...{ generation: 0, previousGeneration: 0, previousBytes: 0, record: undefined, token: 0 },
  };
}

const step = fc.record({
  what: fc.constantFrom("add", "add", "add", "commit", "cut", "forward" as const),
  partition: fc.nat(2),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
});

describe("pending writes", () => {
  it("are never further behind the journal's end than they are written forward", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 60, maxLength: 200 }), (steps) => {
        const pending = new PendingWrites();
        const ends = [0, 0, 0];
        let bytes = 0;
        for (const { what, partition, share } of steps) {
          bytes += 10;
          const writes = pending.of(partition);
          const at = writes[Math.floor(share * writes.length)]?.entry.index;
          if (what === "add") {
            const index = (ends[partition] as number) + 1;
            ends[partition] = index;
            pending.add(entry(partition, index), `${partition}`, undefined, bytes);
          } else if (what === "commit" && at !== undefined) {
            pending.takeUpTo(partition, at);
          } else if (what === "cut" && at !== undefined) {
            pending.takeFrom(partition, at);
            ends[partition] = at - 1;
          } else if (what === "forward") {
            for (;;) {
              const write = pending.journaledBefore(bytes - 100);
              if (write === undefined) break;
              pending.journaledAgain(write, bytes);
            }
            const all = [0, 1, 2].flatMap((each) => pending.of(each));
            expect(all).toHaveLength(pending.count);
            for (const { journaledAt } of all)
              expect(journaledAt).toBeGreaterThanOrEqual(bytes - 100);
          }
        }
      }),
    );
  });
});
