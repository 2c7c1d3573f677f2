import { describe, expect, it } from "vitest";
import { readArguments, UsageError } from "./arguments.ts";

describe("readArguments", () => {
  it("measures claims with the defaults when nothing is said", () => {
    expect(readArguments([])).toEqual({
      verb: "claims",
      options: {
        scenarios: ["unique", "duplicates"],
        callers: [1, 64, 256, 1024],
        seconds: 5,
        turns: 3,
        keys: 1_000_000,
        dir: undefined,
        out: undefined,
        profile: undefined,
      },
    });
  });

  it("takes lists, fractions of seconds and every option", () => {
    const line =
      "compare --callers 1,64 --seconds 0.5 --turns 5 --scenario unique --dir /d --out o";
    expect(readArguments(line.split(" "))).toMatchObject({
      verb: "compare",
      options: { callers: [1, 64], seconds: 0.5, turns: 5, scenarios: ["unique"], dir: "/d" },
    });
  });

  it("shows help wherever it is asked for", () => {
    for (const line of [["--help"], ["-h"], ["compare", "--help"], ["help"]]) {
      expect(readArguments(line)).toEqual({ verb: "help" });
    }
  });

  it("takes the files to show", () => {
    expect(readArguments(["show", "a", "b"])).toEqual({ verb: "show", files: ["a", "b"] });
  });

  it.each([
    ["an unknown bench", "soak"],
    ["an unknown option", "--rate 5"],
    ["a word too many", "claims again"],
    ["nothing to show", "show"],
    ["callers that are no number", "--callers x"],
    ["callers with a gap", "--callers 1,,2"],
    ["half a caller", "--callers 1.5"],
    ["no caller", "--callers 0"],
    ["too many callers", "--callers 65537"],
    ["two durations", "--seconds 1,2"],
    ["no time", "--seconds 0"],
    ["an unknown scenario", "--scenario unique,zipf"],
    ["no turn", "--turns 0"],
    ["no keys", "--keys 0"],
  ])("refuses %s", (_, line) => {
    expect(() => readArguments(line.split(" "))).toThrow(UsageError);
  });

  it("tells all problems at once", () => {
    expect(() => readArguments(["--callers", "0", "--turns", "0"])).toThrow(/turns[^]*callers/);
  });
});
