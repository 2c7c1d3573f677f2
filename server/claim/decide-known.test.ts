import { describe, expect, it } from "vitest";
import { decide } from "./decide.ts";
import { decideKnown } from "./decide-known.ts";
import { turn } from "./test/samples.ts";
import { POLICY, T0, WINDOW_MS } from "./test/samples.ts";
import { COMMANDS, type CommandCase, type View, VIEWS } from "./test/transition-cases.ts";
import { TABLE } from "./test/transition-table.ts";

const commands = Object.keys(COMMANDS) as CommandCase[];

describe.each(Object.keys(TABLE) as View[])("decideKnown, %s", (view) => {
  const [record, afterMs, policy] = VIEWS[view];
  const given = turn({ nowMs: T0 + afterMs, policy: { ...POLICY, ...policy } });

  it.each(commands)("%s: answers COMPLETED as decide does, and nothing else", (name) => {
    const command = COMMANDS[name];
    const mayKnow = command.type === "claim" && !command.complete && record?.state === "COMPLETED";
    const known = decideKnown(record, command, given);
    if (mayKnow && TABLE[view][name] === "COMPLETED") {
      expect(known).toEqual(decide(record, command, given).reply);
    } else expect(known).toBeUndefined();
  });

  it("answers nothing in observe mode, and nothing from the end of the window on", () => {
    for (const name of commands) {
      const observed = { ...given, policy: { ...given.policy, observe: true } };
      expect(decideKnown(record, COMMANDS[name], observed)).toBeUndefined();
      const late = { ...given, nowMs: T0 + afterMs + WINDOW_MS };
      expect(decideKnown(record, COMMANDS[name], late)).toBeUndefined();
    }
  });
});

it("some of these are answered COMPLETED", () => {
  const all = Object.values(TABLE).flatMap((row) => Object.values(row));
  expect(all).toContain("COMPLETED");
});

it("leaves the bound on clocks to the leader", () => {
  const completed = Object.values(VIEWS).find(([record]) => record?.state === "COMPLETED");
  const record = completed?.[0];
  const at = (nowMs: number) =>
    decideKnown(
      record,
      COMMANDS[commands[0] as CommandCase],
      turn({ nowMs, maxClockOffsetMs: 500 }),
    );
  expect(at(T0 + WINDOW_MS - 1)).toMatchObject({ status: "COMPLETED", expiresInMs: 1 });
  expect(at(T0 + WINDOW_MS)).toBeUndefined();
});
