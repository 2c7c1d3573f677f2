/** The README's numbers are those of the files in results/: nobody types one, none goes stale. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { withTables } from "./readme-tables.ts";
import { readReport } from "./report.ts";
import { reportText } from "./report-tables.ts";

describe("withTables", () => {
  const readme =
    "a\n<!-- result: x.json -->\nold\n<!-- end -->\nb\n<!-- result: y.json -->\n<!-- end -->";

  it("writes each block anew and leaves the rest", () => {
    expect(withTables(readme, (file) => `text of ${file} with $1 and $&`)).toBe(
      [
        "a\n<!-- result: x.json -->\n\ntext of x.json with $1 and $&\n\n<!-- end -->\nb",
        "<!-- result: y.json -->\n\ntext of y.json with $1 and $&\n\n<!-- end -->",
      ].join("\n"),
    );
  });

  it("changes nothing when it is used again", () => {
    const once = withTables(readme, () => "text");
    expect(withTables(once, () => "text")).toBe(once);
  });
});

describe("bench/README.md", () => {
  it("says what the result files say", () => {
    const file = (path: string): URL => new URL(`../${path}`, import.meta.url);
    const readme = readFileSync(file("README.md"), "utf8");
    const textOf = (name: string): string => reportText(readReport(file(`results/${name}`)));
    expect(readme).toContain("<!-- result: ");
    expect(readme).toBe(withTables(readme, textOf));
  });
});
