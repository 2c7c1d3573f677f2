import { describe, expect, it } from "vitest";
import { anonymousBytesIn, cpuSecondsIn, cpuSecondsOf } from "./process-usage.ts";

describe("cpuSecondsIn", () => {
  it("adds user and system time, whatever the program is called", () => {
    const rest = "S 1 2 3 0 -1 4194560 100 0 0 0 1234 66 0 0 20 0 11 0";
    expect(cpuSecondsIn(`77 (node) ${rest}`)).toBe(13);
    expect(cpuSecondsIn(`77 (a) b) (c 9) ${rest}`)).toBe(13);
  });

  it("knows nothing of a process that is not there", () => {
    expect(cpuSecondsOf(2 ** 30)).toBeUndefined();
  });
});

describe("anonymousBytesIn", () => {
  it("reads RssAnon and nothing else", () => {
    const status = "Name:\tnode\nVmRSS:\t  9000 kB\nRssAnon:\t    1024 kB\nRssFile:\t 12 kB\n";
    expect(anonymousBytesIn(status)).toBe(2 ** 20);
    expect(anonymousBytesIn("Name:\tnode\n")).toBeUndefined();
  });
});
