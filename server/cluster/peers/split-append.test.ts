import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { entryBytes } from "./peer-messages.ts";
import { splitAppend } from "./split-append.ts";
import { record, SAMPLES } from "./test/sample-messages.ts";

const { append } = SAMPLES;

describe("splitAppend", () => {
  it("leaves alone what fits, and one without entries", () => {
    expect(splitAppend(append, 10_000)).toEqual([append]);
    const sign = { ...append, entries: [] };
    expect(splitAppend(sign, 1)).toEqual([sign]);
  });

  it("chains the parts: each stands behind the last entry of the one before", () => {
    const [first, second, third] = append.entries;
    expect(splitAppend(append, 1)).toEqual([
      { ...append, entries: [first] },
      { ...append, previous: { epoch: 3, index: 42 }, entries: [second] },
      { ...append, previous: { epoch: 4, index: 43 }, entries: [third] },
    ]);
  });

  it("fills each part up to the bound, with nothing lost", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(sizes, (lengths) => {
        const entries = lengths.map((length, at) => ({
          epoch: 3,
          index: 42 + at,
          stampMs: at,
          payload: record("k", "x".repeat(length)),
        }));
        const parts = splitAppend({ ...append, entries }, 4000);
        expect(parts.flatMap((part) => part.entries)).toEqual(entries);
        parts.forEach((part, at) => {
          const bytes = part.entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
          expect(bytes).toBeLessThanOrEqual(4000);
          const next = parts[at + 1]?.entries[0];
          if (next !== undefined) expect(bytes + entryBytes(next)).toBeGreaterThan(4000);
          const { epoch, index } = parts[at - 1]?.entries.at(-1) ?? append.previous;
          expect(part.previous).toEqual({ epoch, index });
        });
      }),
    );
  });
});
