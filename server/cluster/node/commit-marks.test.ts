import { afterEach, describe, expect, it, vi } from "vitest";
import { FrameBuilder } from "../../storage/journal-frame.ts";
import { CommitMarks } from "./commit-marks.ts";

const frame = new FrameBuilder();

function marksOf(state: { logEnd: number; commit: number; cutting: boolean }) {
  const applied: number[] = [];
  const marks = new CommitMarks({
    store: {
      logEnd: () => state.logEnd,
      partitions: { indexOf: () => applied.at(-1) ?? 0 },
      replicated: { commit: (_frame, _partition, index) => applied.push(index) },
    },
    commitOf: () => state.commit,
    isCutting: () => state.cutting,
    change: () => Promise.reject(new Error("not asked for here")),
  });
  marks.moved(1);
  return { marks, applied };
}

afterEach(() => {
  vi.useRealTimers();
});

describe("CommitMarks", () => {
  it("marks what is staged of what is committed, and the rest in a later frame", () => {
    vi.useFakeTimers();
    const state = { logEnd: 3, commit: 5, cutting: false };
    const { marks, applied } = marksOf(state);
    marks.stage(frame);
    state.logEnd = 5;
    marks.stage(frame);
    marks.stage(frame);
    expect(applied).toEqual([3, 5]);
  });

  it("never applies an entry that is to be cut as the one that is committed at its index", () => {
    vi.useFakeTimers();
    const state = { logEnd: 5, commit: 5, cutting: true };
    const { marks, applied } = marksOf(state);
    marks.stage(frame);
    expect(applied).toEqual([]);
    state.cutting = false;
    marks.stage(frame);
    expect(applied).toEqual([5]);
  });
});
