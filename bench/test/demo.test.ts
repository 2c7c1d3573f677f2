/** `npm run demo` as a user sees it: it must end well, and leave nothing behind, also on Ctrl-C. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { startProgram } from "./support/started-program.ts";

const MAIN = fileURLToPath(new URL("../dist/demo/main.js", import.meta.url));

const startDemo = () => startProgram([MAIN]);

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
    await demo.says(" 1 s ");
    demo.child.kill("SIGINT");
    // Its children share its output: it closes when the last of them is gone.
    await demo.ended;
    expect(demo.child.exitCode).toBe(130);
    expect(readdirSync(demo.folder)).toEqual([]);
  });
});
