import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StoredRecord } from "./layer.ts";
import { Overlay } from "./overlay.ts";

const stored = (bytes: number): StoredRecord => ({ record: undefined, generation: 0, bytes });

describe("the overlay", () => {
  it("gives the newest layer's word, and what is below where it says nothing", () => {
    const overlay = new Overlay();
    const first = overlay.begin(undefined);
    first.records.set("a", stored(1));
    first.records.set("b", stored(2));
    first.sealed = true;
    overlay.begin(undefined).records.set("a", stored(3));
    expect(overlay.get("a")?.bytes).toBe(3);
    expect(overlay.get("b")?.bytes).toBe(2);
    expect(overlay.get("c")).toBeUndefined();
    expect(overlay.records).toBe(3);
  });

  it("does not hold what it may drop before a read that begins now ends", () => {
    const overlay = new Overlay();
    const endEarlier = overlay.beginRead();
    const layer = overlay.begin(undefined);
    layer.records.set("a", stored(1));
    layer.sealed = true;
    expect(overlay.holds("a")).toBe(true);
    overlay.applied();
    // Kept for the earlier read alone: one that begins now has to ask LevelDB.
    expect(overlay.get("a")?.bytes).toBe(1);
    expect(overlay.holds("a")).toBe(false);
    const endLater = overlay.beginRead();
    endEarlier();
    expect(overlay.get("a")).toBeUndefined();
    endLater();
  });

  it("never hides a write from a read, in whatever order things happen", () => {
    // LevelDB is a map here. A read takes its state when it begins, as a snapshot does, and asks
    // only for what the overlay will not answer when it ends.
    const step = fc.oneof(
      fc.record({ type: fc.constant("write" as const), key: fc.nat(4) }),
      fc.record({ type: fc.constant("seal" as const) }),
      fc.record({ type: fc.constant("apply" as const) }),
      fc.record({ type: fc.constant("beginRead" as const) }),
      fc.record({ type: fc.constant("endRead" as const), which: fc.nat(3) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const overlay = new Overlay();
        const truth = new Map<string, number>();
        let level = new Map<string, number>();
        const reads: { end: () => void; found: ReadonlyMap<string, number> }[] = [];
        const ask = (): ReadonlyMap<string, number> =>
          new Map([...level].filter(([key]) => !overlay.holds(key)));
        let writes = 0;
        for (const each of steps) {
          switch (each.type) {
            case "write": {
              writes += 1;
              const layer = overlay.open ?? overlay.begin(undefined);
              layer.records.set(String(each.key), stored(writes));
              truth.set(String(each.key), writes);
              break;
            }
            case "seal":
              if (overlay.open !== undefined) overlay.open.sealed = true;
              break;
            case "apply": {
              const layer = overlay.nextToApply;
              if (layer?.sealed !== true) break;
              level = new Map(level);
              for (const [key, { bytes }] of layer.records) level.set(key, bytes);
              overlay.applied();
              break;
            }
            case "beginRead":
              reads.push({ end: overlay.beginRead(), found: ask() });
              break;
            case "endRead":
              reads.splice(each.which, 1)[0]?.end();
              break;
          }
          for (const read of [...reads, { found: ask() }]) {
            for (const [key, value] of truth) {
              expect(overlay.get(key)?.bytes ?? read.found.get(key)).toBe(value);
            }
          }
        }
        // And nothing is kept for ever.
        for (const { end } of reads) end();
        if (overlay.open !== undefined) overlay.open.sealed = true;
        while (overlay.nextToApply !== undefined) overlay.applied();
        expect(overlay.records).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });
});
