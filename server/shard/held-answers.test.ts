import { beforeEach, describe, expect, it } from "vitest";
import type { Reply } from "../claim/reply.ts";
import { HeldAnswers } from "./held-answers.ts";
import type { Asker } from "./submission.ts";
import { RecordingAsker, waitingFor } from "./test/samples.ts";

const FORGOTTEN: Reply = { type: "forget", existed: true };

let commit: number;
let nowMs: number;
let heldMs: number[];
let confirmedRound: number;
let tell: (partition: number, epoch: "same" | "over") => void;
let held: HeldAnswers;
let asker: RecordingAsker;
const partition = waitingFor({}).partition;

beforeEach(() => {
  commit = 0;
  confirmedRound = 0;
  asker = new RecordingAsker();
  nowMs = 0;
  heldMs = [];
  held = new HeldAnswers(
    {
      commit: () => commit,
      confirmedRound: () => confirmedRound,
      onProgress: (listener) => {
        tell = listener;
      },
    },
    { monotonicMs: () => nowMs, onReplicated: (each) => heldMs.push(each) },
  );
});

function add(turn: number, index: number, round = 0): void {
  held.add(waitingFor({ asker }), FORGOTTEN, { index, round, turn }, new Set<Asker>());
}

const said = () => asker.replies.get(0);
const UNKNOWN = { type: "refused", code: "STORAGE_UNAVAILABLE" };

describe("HeldAnswers", () => {
  it("answers when what an answer rests on is committed", () => {
    add(held.beginTurn(), 5);
    commit = 4;
    tell(partition, "same");
    expect(said()).toBeUndefined();
    commit = 5;
    tell(partition, "same");
    expect(said()).toEqual(FORGOTTEN);
  });

  it("tells once how long a turn's answers were held", () => {
    const turn = held.beginTurn();
    add(turn, 5);
    nowMs = 2;
    const other = waitingFor({ asker: new RecordingAsker() });
    held.add(other, FORGOTTEN, { index: 6, round: 0, turn }, new Set<Asker>());
    nowMs = 3;
    commit = 5;
    tell(partition, "same");
    expect(heldMs).toEqual([]);
    nowMs = 7;
    tell(partition, "over");
    expect(heldMs).toEqual([7]);
    commit = 9;
    held.add(
      waitingFor({ asker: new RecordingAsker() }),
      FORGOTTEN,
      { index: 7, round: 0, turn: held.beginTurn() },
      new Set<Asker>(),
    );
    expect(heldMs, "not held at all").toEqual([7]);
  });

  it("says that the outcome is unknown when the epoch ends", () => {
    add(held.beginTurn(), 5);
    tell(partition, "over");
    expect(said()).toMatchObject(UNKNOWN);
  });

  it("does not take an entry of another epoch for that of a turn under way", () => {
    const turn = held.beginTurn();
    tell(partition, "over");
    commit = 7;
    add(turn, 5);
    expect(said()).toMatchObject(UNKNOWN);
  });

  it("does not take a round of another epoch for that of a turn under way", () => {
    const turn = held.beginTurn();
    tell(partition, "over");
    confirmedRound = 9;
    add(turn, 0, 3);
    expect(said()).toMatchObject(UNKNOWN);
  });

  it("gives an answer that rests on nothing whoever leads by now", () => {
    const turn = held.beginTurn();
    tell(partition, "over");
    add(turn, 0);
    expect(said()).toEqual(FORGOTTEN);
  });

  it("answers the turns of a later epoch", () => {
    held.beginTurn();
    tell(partition, "over");
    commit = 7;
    add(held.beginTurn(), 7);
    expect(said()).toEqual(FORGOTTEN);
  });
});
