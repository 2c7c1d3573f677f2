/**
 * The rules of the house that neither compiler nor linter can hold, one table with their reasons.
 *
 * Every rule carries a sample that it must refuse: a rule that can't fail is no rule. A file is
 * read as text, as code (comments and strings blanked out, so that prose may name what code must
 * not do) and as the list of what it imports.
 */
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

interface Source {
  readonly path: string;
  readonly text: string;
  readonly code: string;
  /** As paths from the root for files of ours, as written for everything else. */
  readonly imports: readonly string[];
}

interface Rule {
  readonly name: string;
  readonly why: string;
  readonly where: (path: string) => boolean;
  readonly problems: (source: Source) => readonly string[];
  readonly refuses: readonly [path: string, text: string];
}

/** Files over 300 lines with their exact length: entries may shrink or go, nothing else. */
const LONG_FILES: Readonly<Record<string, number>> = {};

/** Top to bottom; a file may import its own layer and those below. */
const LAYERS = ["rpc", "routing", "shard", "claim", "storage"];
/** Beside `rpc`: may use every layer below it, but neither each other nor `rpc`. */
const BESIDE_RPC = ["admin", "cluster"];
/** Importable by all, importing only each other and formats of storage. */
const LEAVES =
  `limits errors clock log config config-refusals metrics metric-table stats version loop-stalls
   certificates`.split(/\s+/);
/** Wire everything together. */
const ROOTS = `main server index test-server node-stats node-storage node-cluster cluster-access
   namespace-file`.split(/\s+/);
/** What `storage` writes, and how it looks in bytes; to be extended with every format. */
const PURE_STORAGE =
  /^server\/storage\/(.+-(format|header)|byte-.+|.+-(record|entry|frame)|generation|policy)\.ts$/;
/** What `cluster` decides: records, placement and the protocol. */
const PURE_CLUSTER = /^server\/cluster\/(core\/|(partition-record|planner)[^/]*\.ts$)/;

const isTest = (path: string): boolean => /\.test\.ts$|\/test\//.test(path);
const isProgram = (path: string): boolean => /\.(ts|js)$/.test(path) && !isTest(path);
const PURE = [/^server\/claim\//, PURE_STORAGE, PURE_CLUSTER];
const isPure = (path: string): boolean => isProgram(path) && PURE.some((each) => each.test(path));
const below =
  (...folders: readonly string[]) =>
  (path: string): boolean =>
    isProgram(path) && folders.some((folder) => path.startsWith(`${folder}/`));

/** The lines of `view` that match. */
const never =
  (view: "text" | "code", pattern: RegExp) =>
  (source: Source): readonly string[] =>
    source[view]
      .split("\n")
      .flatMap((line, index) => (pattern.test(line) ? [`line ${index + 1}: ${line.trim()}`] : []));

const neverImports =
  (pattern: RegExp) =>
  (source: Source): readonly string[] =>
    source.imports.filter((each) => pattern.test(each)).map((each) => `imports ${each}`);

/** Where a file of the server stands: the lower, the fewer may import it. */
function place(path: string): { readonly height: number; readonly folder: string } | undefined {
  const [, folder = "", file] = path.split("/");
  if (file === undefined) {
    const name = folder.replace(/\.ts$/, "");
    if (ROOTS.includes(name)) return { height: 100, folder: "" };
    return LEAVES.includes(name) ? { height: -1, folder: "" } : undefined;
  }
  if (BESIDE_RPC.includes(folder)) return { height: LAYERS.length, folder };
  const depth = LAYERS.indexOf(folder);
  return depth < 0 ? undefined : { height: LAYERS.length - depth, folder };
}

function upwardImports(source: Source): readonly string[] {
  const from = place(source.path);
  if (from === undefined) return ["stands in no layer: give it a place in tidy.test.ts"];
  return source.imports.flatMap((path) => {
    const to = path.startsWith("server/") ? place(path) : { height: -1, folder: "" };
    const formats = from.height === -1 && isPure(path) && to?.folder === "storage";
    const inside = to !== undefined && from.folder === to.folder;
    return to !== undefined && (inside || formats || to.height < from.height)
      ? []
      : [`imports ${path}, which is not below it`];
  });
}

const RULES: readonly Rule[] = [
  {
    name: "imports inside the server point downward",
    why: "rpc → routing → shard → claim → storage: the import graph is the architecture",
    where: below("server"),
    problems: upwardImports,
    refuses: ["server/storage/a.ts", `import { decide } from "../claim/decide.ts";`],
  },
  {
    name: "client and proto never import the server",
    why: "the SDK is thin; what both sides share is the contract",
    where: below("client", "proto"),
    problems: neverImports(/^server\/|^@claimd\/server/),
    refuses: ["client/a.ts", `import type { Turn } from "../server/claim/decision.ts";`],
  },
  {
    name: "the server never imports the client",
    why: "a server that needs its own SDK to work can't be reasoned about alone",
    where: below("server"),
    problems: neverImports(/^client\/|^@claimd\/client/),
    refuses: ["server/rpc/a.ts", `import { createClient } from "@claimd/client";`],
  },
  {
    name: "generated types stop at the border",
    why: "they promise what the wire doesn't keep: behind validate no field is missing",
    where: (path) =>
      isProgram(path) && !/^(server\/(rpc|admin|cluster)|client|proto|bench)\//.test(path),
    problems: ({ text }) => text.match(/^import\b[^;]*\btype\b[^;]*"@claimd\/proto[^;]*;/gm) ?? [],
    refuses: ["server/shard/a.ts", `import { keyHash, type Claim } from "@claimd/proto";`],
  },
  {
    name: "pure files ask the world for nothing",
    why: "the same function runs live, in tests and in the simulator",
    where: isPure,
    problems: never(
      "code",
      /\b(Date(?!\.UTC)|process|performance|await|async|set(Timeout|Interval|Immediate))\b/,
    ),
    refuses: ["server/claim/a.ts", "const now = performance.now();"],
  },
  {
    name: "pure files import no module that touches the world",
    why: "as above; a checksum and a buffer are arithmetic",
    where: isPure,
    problems: neverImports(/^node:(?!zlib$|buffer$)/),
    refuses: ["server/storage/journal-frame.ts", `import { readFileSync } from "node:fs";`],
  },
  {
    name: "the wall clock is read in clock.ts alone",
    why: "leases and windows rest on a clock that never goes back",
    where: (path) => below("server", "client", "proto")(path) && path !== "server/clock.ts",
    problems: never("code", /\bDate\.now\b|\bnew Date\(\)|\bDate\(\)/),
    refuses: ["server/shard/a.ts", "const nowMs = Date.now();"],
  },
  {
    name: "the environment is read in main.ts alone",
    why: "configuration is read once, at the edge, into a frozen value",
    where: (path) => below("server", "client", "proto")(path) && path !== "server/main.ts",
    problems: never("code", /\bprocess\.env\b/),
    refuses: ["server/config.ts", "const host = process.env.HOST;"],
  },
  {
    name: "randomness is passed in",
    why: "what can't be replayed can't be mended",
    where: isProgram,
    problems: never("code", /\bMath\.random\b/),
    refuses: ["bench/a.ts", "const key = Math.random();"],
  },
  {
    name: "words are the domain's",
    why: "one word for one thing: journal, window, lease, key (DESIGN, Words)",
    where: (path) => /\.(ts|js|proto)$/.test(path) && path !== "server/tidy.test.ts",
    problems: never(
      "text",
      /\bWAL\b|\bTTL\b|message[ _-]?id\b|(lease|key|claim)[ _-]?lock|\block (the|a) (key|claim)/i,
    ),
    refuses: ["server/storage/a.ts", "// append to the WAL"],
  },
  {
    name: "nothing is left for later",
    why: "what is missing stands in an issue, with its reason, not between the lines",
    where: (path) => path !== "server/tidy.test.ts",
    problems: never("text", /\b(TODO|FIXME|XXX|HACK)\b/),
    refuses: ["deploy/a.yaml", "# TODO later"],
  },
  {
    name: "no rule is switched off without a reason",
    why: "the next reader must know whether it still holds",
    where: (path) => path.endsWith(".ts") && path !== "server/tidy.test.ts",
    problems: never("text", /@ts-(ignore|nocheck)|eslint-disable(?!.* -- )|@ts-expect-error\s*$/),
    refuses: ["client/a.ts", "// eslint-disable-next-line no-console"],
  },
  {
    name: "every file says what it is at its top",
    why: "what it is, what it never does, what must stay true: before the first import",
    where: (path) => isProgram(path) && !/\.config\./.test(path),
    problems: ({ text }) => (/^(#!.*\n)?\/\*\*/.test(text) ? [] : ["has no head comment"]),
    refuses: ["server/log.ts", "export const level = 1;"],
  },
  {
    name: "files are named after what they export, in kebab-case",
    why: "a stranger finds things by file name; a drawer for everything swallows everything",
    where: (path) => path.endsWith(".ts"),
    problems: ({ path }) =>
      path
        .replace(/(\.(test|config|d))?\.ts$/, "")
        .split("/")
        .filter(
          (part) =>
            !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(part) ||
            /\b(utils?|helpers?|common|manager|misc)\b/.test(part),
        ),
    refuses: ["server/rpc/key-utils.ts", ""],
  },
  {
    name: "lines have at most 100 columns",
    why: "two files side by side; golden bytes can't be broken and may be longer",
    where: (path) => /\.(ts|js|proto|py|sh)$/.test(path),
    problems: never("text", /^(?!.*\S{80}).{101,}$/u),
    refuses: ["server/main.ts", `// ${"long ".repeat(20)}`],
  },
  {
    name: "files have at most 300 lines",
    why: "one class slowly eats the rest: split before that",
    where: (path) => /\.(ts|js)$/.test(path),
    problems: ({ path, text }) => {
      const lines = text.split("\n").length - 1;
      const allowed = LONG_FILES[path];
      if (allowed === undefined) return lines > 300 ? [`has ${lines} lines`] : [];
      return lines === allowed
        ? []
        : [`has ${lines} lines and stands in LONG_FILES with ${allowed}`];
    },
    refuses: ["server/main.ts", "// line\n".repeat(301)],
  },
];

/** The text with comments and the insides of strings blanked out; lines stay where they are. */
function codeOf(file: ts.SourceFile): string {
  const code = file.text.replace(/[^\n]/g, " ").split("");
  const visit = (node: ts.Node): void => {
    if (ts.isJSDoc(node) || ts.isStringLiteralLike(node)) return;
    if (node.kind >= ts.SyntaxKind.TemplateHead && node.kind <= ts.SyntaxKind.TemplateTail) return;
    const children = node.getChildren(file);
    for (const child of children) visit(child);
    if (children.length > 0) return;
    for (let at = node.getStart(file); at < node.end; at++) code[at] = file.text.charAt(at);
  };
  visit(file);
  return code.join("");
}

function sourceOf(path: string, text: string): Source {
  if (!/\.(ts|js)$/.test(path)) return { path, text, code: text, imports: [] };
  const imports = ts
    .preProcessFile(text)
    .importedFiles.map(({ fileName }) =>
      fileName.startsWith(".") ? posix.join(posix.dirname(path), fileName) : fileName,
    );
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false);
  return { path, text, code: codeOf(file), imports };
}

const root = fileURLToPath(new URL("..", import.meta.url));

function pathsBelow(folder: string): readonly string[] {
  return readdirSync(`${root}${folder}`, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      return /^(node_modules|dist|generated|results|__pycache__)$/.test(entry.name)
        ? []
        : pathsBelow(path);
    }
    return /\.(ts|js|proto|py|sh|ya?ml|md)$/.test(path) ? [path] : [];
  });
}

const sources = ["proto", "server", "client", "bench", "deploy"]
  .flatMap(pathsBelow)
  .map((path) => sourceOf(path, readFileSync(`${root}${path}`, "utf8")));

describe.each(RULES)("$name", ({ why, where, problems, refuses }) => {
  it("holds everywhere", () => {
    const found = sources
      .filter(({ path }) => where(path))
      .flatMap((source) => problems(source).map((problem) => `${source.path} ${problem}`));
    expect(found, why).toEqual([]);
  });

  it("refuses its sample", () => {
    const sample = sourceOf(...refuses);
    expect(where(sample.path)).toBe(true);
    expect(problems(sample)).not.toEqual([]);
  });
});

describe("code", () => {
  it("has neither comments nor strings, and keeps its lines", () => {
    const { code } = sourceOf("a.ts", "/** Date */\nconst a = `Date ${process} Date`; // Date\n");
    expect(code).not.toContain("Date");
    expect(code.split("\n")[1]).toContain("process");
  });
});
