import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { VERSION } from "./version.ts";

it("the version is that of the package", async () => {
  const json = await readFile(new URL("package.json", import.meta.url), "utf8");
  expect(JSON.parse(json)).toMatchObject({ version: VERSION });
});
