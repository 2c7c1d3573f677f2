import { describe, expect, it } from "vitest";
import { PartitionOutages } from "./partition-outages.ts";

const T0 = 1_700_000_000_000;

describe("the outage of a partition", () => {
  it("lasts from when its leader was heard last until it is served again", () => {
    const outages = new PartitionOutages();
    outages.heard(7, T0);
    outages.heard(7, T0 + 400);
    outages.resumed(7, T0 - 60_000, T0 + 12_400);
    expect(outages.of(7)).toEqual({ stoppedAtMs: T0 + 400, resumedAtMs: T0 + 12_400 });
    expect(outages.of(8)).toBeUndefined();
  });

  it("begins with the last entry where nobody was heard, as after a start", () => {
    const outages = new PartitionOutages();
    outages.resumed(7, T0, T0 + 60_000);
    expect(outages.of(7)).toMatchObject({ stoppedAtMs: T0 });
  });

  it("is none where a hand-over took less than a second", () => {
    const outages = new PartitionOutages();
    outages.heard(7, T0);
    outages.resumed(7, T0, T0 + 999);
    expect(outages.of(7)).toBeUndefined();
  });

  it("remembers those before as long as their grace may last", () => {
    const outages = new PartitionOutages();
    outages.resumed(7, T0, T0 + 5000);
    outages.resumed(7, T0 + 6000, T0 + 9000);
    expect(outages.of(7)?.earlier).toMatchObject({ stoppedAtMs: T0 });
    outages.resumed(7, T0 + 10 ** 12, T0 + 10 ** 12 + 5000);
    expect(outages.of(7)?.earlier).toBeUndefined();
  });
});
