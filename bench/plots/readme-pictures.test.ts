/** What the README shows is drawn from the files in results/: none by hand, none stale. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readReport } from "../support/report.ts";
import { pictureFiles } from "./plot-files.ts";
import { plottedFiles, withPictures } from "./readme-pictures.ts";

const picturesOf = (file: string) => [{ path: `${file}-a.svg`, title: "$1 and $&" }];

describe("withPictures", () => {
  const readme =
    "a\n<!-- plots: x.json -->\nold\n<!-- end -->\nb\n<!-- plots: y.json -->\n<!-- end -->";

  it("writes each block anew and leaves the rest", () => {
    expect(withPictures(readme, picturesOf)).toBe(
      [
        "a\n<!-- plots: x.json -->\n\n![$1 and $&](results/x.json-a.svg)\n\n<!-- end -->\nb",
        "<!-- plots: y.json -->\n\n![$1 and $&](results/y.json-a.svg)\n\n<!-- end -->",
      ].join("\n"),
    );
  });

  it("changes nothing when it is used again", () => {
    const once = withPictures(readme, picturesOf);
    expect(withPictures(once, picturesOf)).toBe(once);
  });
});

describe("plottedFiles", () => {
  it("names each file once", () => {
    const block = (file: string): string => `<!-- plots: ${file} -->\n<!-- end -->\n`;
    expect(plottedFiles(block("a.json") + block("b.json") + block("a.json"))).toEqual([
      "a.json",
      "b.json",
    ]);
  });
});

describe("bench/README.md", () => {
  const results = new URL("../results/", import.meta.url);
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const drawn = (file: string) => pictureFiles(file, readReport(new URL(file, results)));

  it("shows the pictures its result files have", () => {
    expect(readme).toBe(withPictures(readme, drawn));
  });

  it.each(plottedFiles(readme))("has the pictures of %s as they are drawn today", (file) => {
    for (const { path, svg } of drawn(file)) {
      expect(readFileSync(new URL(path, results), "utf8"), path).toBe(svg);
    }
  });

  it("has no picture left from another time", () => {
    const kept = readdirSync(results).filter((name) => /\.svg$/.test(name) && !isDated(name));
    const expected = plottedFiles(readme).flatMap((file) => drawn(file).map(({ path }) => path));
    expect(kept.toSorted()).toEqual(expected.toSorted());
  });
});

/** Of a run without --out: somebody's own, and not part of the project. */
function isDated(name: string): boolean {
  return /-\d{4}-\d\d-\d\dT/.test(name);
}
