/** `npm run demo` as a user sees it: it must end well, and leave nothing behind, also on Ctrl-C. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";

const MAIN = fileURLToPath(new URL("../dist/demo/main.js", import.meta.url));

interface Demo {
  readonly child: ChildProcess;
  /** Where its temporary folder is made. */
  readonly folder: string;
  readonly ended: Promise<unknown>;
  output(): string;
}

function startDemo(): Demo {
  const folder = mkdtempSync(join(tmpdir(), "claimd-demo-test-"));
  const child = spawn(process.execPath, [MAIN], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "close");
  onTestFinished(async () => {
    // Not SIGKILL: it has processes of its own to end.
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  return { child, folder, ended, output: () => output };
}

describe("the demo", () => {
  it("charges each order once, through kills of consumers and of the server", async () => {
    const demo = startDemo();
    await demo.ended;
    expect(demo.child.exitCode, demo.output()).toBe(0);
    expect(demo.output()).toContain("300 orders, each charged once");
    expect(demo.output()).toMatch(/server killed +1 /);
    expect(demo.output()).toMatch(/replayed +[1-9]\d\d /);
    expect(demo.output()).toMatch(/taken over +[1-9]/);
    expect(readdirSync(demo.folder)).toEqual([]);
  });

  it("leaves neither files nor processes when it is interrupted", async () => {
    const demo = startDemo();
    while (!demo.output().includes(" 1 s ")) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(demo.child.exitCode, demo.output()).toBeNull();
    }
    demo.child.kill("SIGINT");
    // Its children share its output: it closes when the last of them is gone.
    await demo.ended;
    expect(demo.child.exitCode).toBe(130);
    expect(readdirSync(demo.folder)).toEqual([]);
  });
});
