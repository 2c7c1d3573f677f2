import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { ParkedClaims } from "./parked.ts";
import { RecordingAsker, waitingFor } from "./test/samples.ts";
import type { Waiting } from "./waiting.ts";

const FAR_MS = 60_000;

function parkedAt(nowMs: () => number = () => 0) {
  const looked: Waiting[] = [];
  const parked = new ParkedClaims(nowMs, (waiting) => looked.push(waiting));
  return { parked, looked };
}

function three(parked: ParkedClaims, waitMs = FAR_MS): readonly [Waiting, Waiting, Waiting] {
  const all = [0, 1, 2].map((index) => waitingFor({ waitMs, index })) as [
    Waiting,
    Waiting,
    Waiting,
  ];
  for (const each of all) {
    parked.comes(each);
    parked.stays(each, FAR_MS);
  }
  return all;
}

describe("ParkedClaims", () => {
  it("looks only at the oldest claim when the key changes, once until it is decided", () => {
    const { parked, looked } = parkedAt();
    const [first] = three(parked);
    parked.changed(first.id);
    parked.changed(first.id);
    expect(looked).toEqual([first]);
    expect(parked.count).toBe(3);
  });

  it("keeps the rest parked when the oldest is granted", () => {
    const { parked, looked } = parkedAt();
    const [first, second] = three(parked);
    parked.changed(first.id);
    parked.leaves(first, false);
    expect(looked).toEqual([first]);
    expect(parked.count).toBe(2);
    parked.changed(first.id);
    expect(looked).toEqual([first, second]);
  });

  it("keeps the oldest at the front when the key still runs", () => {
    const { parked, looked } = parkedAt();
    const [first] = three(parked);
    parked.changed(first.id);
    parked.stays(first, FAR_MS);
    parked.changed(first.id);
    expect(looked).toEqual([first, first]);
  });

  it("looks at all the others when the oldest got an answer that holds for all", () => {
    const { parked, looked } = parkedAt();
    const [first, second, third] = three(parked);
    parked.changed(first.id);
    parked.leaves(first, true);
    expect(looked).toEqual([first, second, third]);
  });

  it("frees the place of a cancelled claim and passes its look on", () => {
    const { parked, looked } = parkedAt();
    const [first, second] = three(parked);
    parked.changed(first.id);
    expect(parked.cancel(first.submission.asker, 0)).toBe(first);
    expect(first.answered).toBe(true);
    expect(parked.count).toBe(2);
    expect(looked).toEqual([first, second]);
    expect(parked.cancel(first.submission.asker, 0)).toBeUndefined();
  });

  it("knows nothing of a claim that was never parked", () => {
    const { parked } = parkedAt();
    expect(parked.cancel(new RecordingAsker(), 0)).toBeUndefined();
  });

  it("looks at the oldest when the lease is over", async () => {
    let nowMs = 0;
    const { parked, looked } = parkedAt(() => nowMs);
    const waiting = waitingFor({ waitMs: FAR_MS });
    parked.stays(waiting, 10);
    nowMs = 10;
    await pause(50);
    expect(looked).toEqual([waiting]);
  });

  it("looks at whoever's deadline has come", async () => {
    let nowMs = 0;
    const { parked, looked } = parkedAt(() => nowMs);
    const soon = waitingFor({ waitMs: 20, index: 1 });
    parked.stays(waitingFor({ waitMs: FAR_MS }), FAR_MS);
    parked.stays(soon, FAR_MS);
    nowMs = 20;
    await pause(60);
    expect(looked).toEqual([soon]);
  });

  it("follows a lease that was moved", async () => {
    let nowMs = 0;
    const { parked, looked } = parkedAt(() => nowMs);
    const waiting = waitingFor({ waitMs: FAR_MS });
    parked.stays(waiting, 10);
    parked.runsUntil(waiting.id, FAR_MS);
    nowMs = 20;
    await pause(60);
    expect(looked).toEqual([]);
  });

  it("counts by namespace, and forgets what is empty", () => {
    const { parked } = parkedAt();
    const all = three(parked);
    expect(parked.countOf(1)).toBe(3);
    for (const each of all) parked.leaves(each, false);
    expect(parked.countOf(1)).toBe(0);
    expect(parked.count).toBe(0);
  });

  it("gives all claims of a key away once", () => {
    const { parked, looked } = parkedAt();
    const all = three(parked);
    parked.changed(all[0].id);
    expect(parked.takeAll(all[0].id)).toEqual(all);
    expect(all.every((each) => each.answered)).toBe(true);
    expect(parked.takeAll(all[0].id)).toEqual([]);
    expect(looked).toEqual([all[0]]);
  });
});
