import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeReport } from "../support/report.ts";
import { plotFile } from "./plot-files.ts";
import { claimsReport } from "./test/made-up.ts";

describe("plotFile", () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "claimd-plots-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it("leaves each picture beside the file, and tells where", () => {
    const file = join(directory, "mine.json");
    writeReport(file, claimsReport(["unique"]));
    const pictures = plotFile(file);
    expect(pictures).toEqual([
      join(directory, "mine-callers.svg"),
      join(directory, "mine-callers-latency.svg"),
    ]);
    expect(readdirSync(directory)).toHaveLength(3);
    for (const picture of pictures) expect(readFileSync(picture, "utf8")).toMatch(/^<svg /);
  });

  it("refuses what is no result", () => {
    const file = join(directory, "other.json");
    writeFileSync(file, "{}");
    expect(() => plotFile(file)).toThrow(/not a result/);
  });
});
