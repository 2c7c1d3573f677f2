import { beforeEach, describe, expect, it } from "vitest";
import type { Reply } from "../claim/reply.ts";
import { HeldAnswers } from "./held-answers.ts";
import type { Asker } from "./submission.ts";
import { RecordingAsker, waitingFor } from "./test/samples.ts";

const FORGOTTEN: Reply = { type: "forget", existed: true };

let commit: number;
let confirmedRound: number;
let tell: (partition: number, epoch: "same" | "over") => void;
let held: HeldAnswers;
let asker: RecordingAsker;
const partition = waitingFor({}).partition;

beforeEach(() => {
  commit = 0;
  confirmedRound = 0;
  asker = new RecordingAsker();
  held = new HeldAnswers({
    commit: () => commit,
    confirmedRound: () => confirmedRound,
    onProgress: (listener) => {
      tell = listener;
    },
  });
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
