import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LIMITS } from "../limits.ts";
import { resumeServing } from "./outage.ts";

const START_MS = 1_790_000_000_000;

let directory: string;
let warnings: string[];
const log = { warn: (_details: object, message: string) => warnings.push(message) };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "claimd-outage-"));
  warnings = [];
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const resume = (stoppedAtMs: number, resumedAtMs: number) =>
  resumeServing(directory, { stoppedAtMs, resumedAtMs }, log);

describe("resumeServing", () => {
  it("gives the first outage alone", async () => {
    const first = await resume(START_MS, START_MS + 5);
    expect(first).toEqual({ stoppedAtMs: START_MS, resumedAtMs: START_MS + 5 });
  });

  it("chains the outages of a crash loop, the newest first", async () => {
    await resume(START_MS, START_MS + 10);
    const second = await resume(START_MS + 20, START_MS + 30);
    expect(second).toMatchObject({
      stoppedAtMs: START_MS + 20,
      earlier: { stoppedAtMs: START_MS, resumedAtMs: START_MS + 10 },
    });
  });

  it("forgets an outage whose longest grace is over", async () => {
    await resume(START_MS, START_MS);
    const laterMs = START_MS + Math.ceil(LIMITS.leaseMs.max / 3);
    expect(await resume(laterMs, laterMs)).toMatchObject({ earlier: undefined });
  });

  it("goes on without what it can't read, and says so", async () => {
    await writeFile(join(directory, "outages.json"), "[{]");
    expect(await resume(START_MS, START_MS)).toMatchObject({ earlier: undefined });
    expect(warnings).toHaveLength(1);
    await resume(START_MS, START_MS + 1);
    expect(warnings).toHaveLength(1);
  });
});
