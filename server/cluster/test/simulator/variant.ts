/**
 * The simulator as JavaScript in a folder of its own, with or without edits of its sources: the way
 * to run it at full speed, and the way to run a mistake.
 *
 * An edit names text that stands exactly once in its file: one that no longer fits is an error, not
 * a mistake that nobody finds.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";
import type * as Simulator from "./simulate.ts";

export interface Edit {
  /** From the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

interface Compiled {
  readonly code: string;
  /** Files of ours, from the root of the repository. */
  readonly imports: readonly string[];
}

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const ENTRY = "server/cluster/test/simulator/simulate.ts";

const compiled = new Map<string, Compiled>();

export function sourceOf(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** The source of the file with those of the edits made that are for it. */
export function edited(file: string, edits: readonly Edit[]): string {
  return edits
    .filter((each) => each.file === file)
    .reduce((text, { find, replace }) => {
      const [before, after, ...more] = text.split(find);
      if (before === undefined || after === undefined || more.length > 0) {
        throw new Error(`${file} has none or more than one place with: ${find}`);
      }
      return before + replace + after;
    }, sourceOf(file));
}

export class Variant implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "claimd-simulator-"));
  /** As a package: test runners leave the code of packages as it is. */
  readonly #root = join(this.#folder, "node_modules", "simulator");

  /** `simulate`, with the edits in it. Once per variant. */
  async load(edits: readonly Edit[] = []): Promise<typeof Simulator> {
    mkdirSync(this.#root, { recursive: true });
    writeFileSync(join(this.#root, "package.json"), '{"type":"module"}');
    const seen = new Set([ENTRY]);
    for (const file of seen) {
      const { code, imports } = compile(file, edits);
      const path = join(this.#root, file.replace(/\.ts$/, ".js"));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, code);
      for (const each of imports) seen.add(each);
    }
    const unused = edits.find((each) => !seen.has(each.file));
    if (unused !== undefined) throw new Error(`${unused.file} is not used`);
    const url = pathToFileURL(join(this.#root, ENTRY.replace(/\.ts$/, ".js"))).href;
    return (await import(/* @vite-ignore */ url)) as typeof Simulator;
  }

  [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.#folder, { recursive: true, force: true });
    return Promise.resolve();
  }
}

function compile(file: string, edits: readonly Edit[]): Compiled {
  if (edits.some((each) => each.file === file)) return compileText(file, edited(file, edits));
  const known = compiled.get(file) ?? compileText(file, sourceOf(file));
  compiled.set(file, known);
  return known;
}

function compileText(file: string, text: string): Compiled {
  const { outputText } = ts.transpileModule(text, {
    fileName: file,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      removeComments: true,
    },
  });
  const imports: string[] = [];
  const { resolve } = createRequire(join(ROOT, file));
  const code = outputText.replace(/(from|import) "([^"]+)"/g, (all, word: string, name: string) => {
    if (name.startsWith("node:")) return all;
    if (!name.startsWith(".")) return `${word} "${pathToFileURL(resolve(name)).href}"`;
    imports.push(posix.join(posix.dirname(file), name));
    return `${word} "${name.replace(/\.ts$/, ".js")}"`;
  });
  return { code, imports };
}
