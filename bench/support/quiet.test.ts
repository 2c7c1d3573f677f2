import { spawn } from "node:child_process";
import { describe, expect, it, onTestFinished } from "vitest";
import { untilQuiet } from "./quiet.ts";

function program(text: string): number {
  const child = spawn(process.execPath, ["-e", text], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child.pid ?? 0;
}

describe("untilQuiet", () => {
  it("waits for the end of the work", async () => {
    const startedAtMs = performance.now();
    const pid = program(
      "const end = Date.now() + 1500; while (Date.now() < end); setInterval(() => {}, 1000)",
    );
    expect(await untilQuiet(pid, 30_000)).toBe(true);
    expect(performance.now() - startedAtMs).toBeGreaterThan(1500);
  });

  it("says when there was no end", async () => {
    expect(await untilQuiet(program("for (;;);"), 1500)).toBe(false);
  });
});
