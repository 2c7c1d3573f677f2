/**
 * The committed types are what the proto files say today.
 *
 * Runs the very command of `npm run generate`, only into a folder of its own: there is no second
 * list of options that could drift.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "claimd-generated-"));

function textsBelow(directory: string): Record<string, string> {
  const paths = readdirSync(directory, { recursive: true, encoding: "utf8" }).sort();
  const files = paths.filter((path) => statSync(join(directory, path)).isFile());
  return Object.fromEntries(
    files.map((path) => [path, readFileSync(join(directory, path), "utf8")]),
  );
}

function generateCommand(outDir: string): string {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: { generate: string };
  };
  const [, generate] = scripts.generate.split("&&");
  if (generate === undefined)
    throw new Error("the generate script lost its `rm … && generate` form");
  return generate.replace("--outDir=proto/generated", `--outDir=${outDir}`).trim();
}

describe("npm run generate", () => {
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it("would change nothing", () => {
    const command = generateCommand(folder);
    expect(command).toContain(folder);
    execFileSync("npx", ["--no-install", ...command.split(/\s+/)], { cwd: root, stdio: "pipe" });
    const committed = textsBelow(join(root, "proto/generated"));
    expect(Object.keys(committed)).toContain("claimd/v1/Claims.ts");
    expect(Object.keys(committed)).toContain("claimd/peer/v1/Peers.ts");
    expect(committed).toEqual(textsBelow(folder));
  });

  it("names every proto file there is", () => {
    const files = readdirSync(join(root, "proto/claimd"), { recursive: true, encoding: "utf8" });
    const named = generateCommand(folder).split(/\s+/);
    for (const file of files.filter((path) => path.endsWith(".proto"))) {
      expect(named).toContain(`claimd/${file}`);
    }
  });
});
