import { describe, expect, it } from "vitest";
import { readArguments, UsageError } from "./arguments.ts";
import { CLAIM_SCENARIO_NAMES } from "./scenarios/claim-scenarios.ts";
import { usage } from "./usage.ts";

const read = (line: string) => readArguments(line === "" ? [] : line.split(" "));

describe("readArguments", () => {
  it("is quick when nothing is said", () => {
    expect(read("")).toMatchObject({
      verb: "quick",
      options: { callers: [1, 64, 256, 1024], seconds: 5, address: undefined, out: undefined },
    });
  });

  it("measures every scenario when none is named", () => {
    expect(read("claims")).toMatchObject({
      verb: "claims",
      options: { scenario: CLAIM_SCENARIO_NAMES, callers: [] },
    });
  });

  it("takes lists, fractions of seconds and every option of the verb", () => {
    const compare = "compare --stores etcd,redis --keys 9 --callers 1,64 --seconds 0.5 --turns 5";
    expect(read(`${compare} --dir /d --out o`)).toMatchObject({
      verb: "compare",
      options: { stores: ["etcd", "redis"], keys: [9], callers: [1, 64], seconds: 0.5, turns: 5 },
    });
    expect(
      read("latency --rate 100,2500.5 --address host:7600 --namespace n --ca f --token t"),
    ).toMatchObject({
      verb: "latency",
      options: { rate: [100, 2500.5], address: "host:7600", namespace: "n", ca: "f", token: "t" },
    });
  });

  it("shows help wherever it is asked for", () => {
    for (const line of ["--help", "-h", "compare --help", "help"]) {
      expect(read(line)).toEqual({ verb: "help" });
    }
  });

  it("takes the files to show or to plot", () => {
    expect(read("show a b")).toEqual({ verb: "show", files: ["a", "b"] });
    expect(read("plot a b")).toEqual({ verb: "plot", files: ["a", "b"] });
  });

  it.each([
    ["an unknown bench", "sprint"],
    ["an unknown option", "claims --speed 5"],
    ["a word too many", "claims again"],
    ["nothing to show", "show"],
    ["nothing to plot", "plot"],
    ["files where none belong", "readme a"],
    ["callers that are no number", "--callers x"],
    ["callers with a gap", "--callers 1,,2"],
    ["half a caller", "--callers 1.5"],
    ["no caller", "--callers 0"],
    ["too many callers", "--callers 65537"],
    ["two durations", "--seconds 1,2"],
    ["no time", "--seconds 0"],
    ["an unknown scenario", "claims --scenario unique,zipfian"],
    ["no turn", "compare --turns 0"],
    ["an unknown store", "compare --stores redis,mysql"],
    ["several numbers of keys", "compare --keys 1,2"],
    ["a rate of nothing", "latency --rate 0"],
    ["several maxima", "latency --callers 1,2"],
    ["more in a batch than a client queues", "claims --scenario batch-1000 --callers 66"],
    ["a token without TLS", "--address h:1 --token t"],
    ["a token of nobody's", "--token t"],
    ["a namespace of our own server", "--namespace n"],
    ["two kinds of trust", "--address h:1 --ca f --tls"],
    ["a folder for somebody else's server", "--address h:1 --dir d"],
    ["an empty address", "--address="],
  ])("refuses %s", (_, line) => {
    expect(() => read(line)).toThrow(UsageError);
  });

  it("names each option that the verb does not take", () => {
    expect(() => read("claims --turns 3 --rate 5")).toThrow(
      /^claims does not take --rate\nclaims does not take --turns$/,
    );
    expect(() => read("show a --callers 3")).toThrow("show does not take --callers");
  });

  it("leaves out, but does not refuse, what nobody asked for and is too much", () => {
    expect(read("claims --callers 1024")).toMatchObject({ options: { callers: [1024] } });
  });

  it("tells all problems at once", () => {
    expect(() => read("compare --callers 0 --turns 0")).toThrow(/callers[^]*turns/);
  });
});

describe("usage", () => {
  it("names every verb, option and scenario, in lines that fit", () => {
    const text = usage();
    for (const word of ["quick", "latency", "--rate LIST", "--address", "hot-key", "Examples"]) {
      expect(text).toContain(word);
    }
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(101);
  });
});
