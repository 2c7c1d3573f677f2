import { spawn } from "node:child_process";
import { describe, expect, it, vi } from "vitest";
import { anonymousBytesIn, cpuSecondsIn, cpuSecondsOf } from "./process-usage.ts";

describe("cpuSecondsIn", () => {
  it("adds user and system time, whatever the program is called", () => {
    const rest = "S 1 2 3 0 -1 4194560 100 0 0 0 1234 66 0 0 20 0 11 0";
    expect(cpuSecondsIn(`77 (node) ${rest}`)).toBe(13);
    expect(cpuSecondsIn(`77 (a) b) (c 9) ${rest}`)).toBe(13);
  });

  it("adds what children used that have ended", () => {
    expect(cpuSecondsIn("77 (postgres) S 1 2 3 0 -1 4194560 1 0 0 0 100 20 3000 400")).toBe(35.2);
  });

  it("knows nothing of a process that is not there", () => {
    expect(cpuSecondsOf(2 ** 30)).toBeUndefined();
  });
});

describe("cpuSecondsOf", () => {
  it("adds what children use that are at work", async () => {
    const child = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
    const ofChild = (): number => cpuSecondsOf(child.pid ?? 0) ?? 0;
    try {
      await vi.waitUntil(() => ofChild() > 0.5, { timeout: 20_000, interval: 50 });
      const { user, system } = process.cpuUsage();
      const withChild = cpuSecondsOf(process.pid) ?? 0;
      expect(withChild - (user + system) / 1e6).toBeGreaterThan(0.4);
    } finally {
      child.kill("SIGKILL");
    }
  });
});

describe("anonymousBytesIn", () => {
  it("reads RssAnon and nothing else", () => {
    const status = "Name:\tnode\nVmRSS:\t  9000 kB\nRssAnon:\t    1024 kB\nRssFile:\t 12 kB\n";
    expect(anonymousBytesIn(status)).toBe(2 ** 20);
    expect(anonymousBytesIn("Name:\tnode\n")).toBeUndefined();
  });
});
