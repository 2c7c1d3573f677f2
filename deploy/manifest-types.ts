/**
 * Manifests against the types of Kubernetes: misspelt fields, wrong types, unknown kinds.
 *
 * Each manifest becomes an object literal in a source file that exists only in memory, and the
 * compiler says what it would say of code: it knows every field, and refuses those it doesn't.
 */
import { fileURLToPath } from "node:url";
import ts from "typescript";
import type { Manifest } from "./manifests.ts";

/** Beside the real sources, so that packages resolve; never on disk. */
const PATH = fileURLToPath(new URL("manifests-in-memory.ts", import.meta.url));

const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.Node20,
  target: ts.ScriptTarget.ES2023,
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: [],
};

function asSource(manifests: readonly Manifest[]): string {
  return manifests
    .map((manifest, index) => {
      const { apiVersion, kind } = manifest;
      const type = `import("kubernetes-models/${apiVersion}").I${kind}`;
      return `export const manifest${index}: ${type} = ${JSON.stringify(manifest)};`;
    })
    .join("\n");
}

/** One line for each thing wrong; empty = every manifest fits its type. */
export function typeProblems(manifests: readonly Manifest[]): readonly string[] {
  const text = asSource(manifests);
  const host = ts.createCompilerHost(OPTIONS);
  const onDisk = host.getSourceFile.bind(host);
  host.getSourceFile = (path, version, ...rest) =>
    path === PATH ? ts.createSourceFile(path, text, version) : onDisk(path, version, ...rest);
  const program = ts.createProgram([PATH], OPTIONS, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText, file, start }) => {
    const line = file?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0;
    const kind = manifests[line]?.kind ?? "";
    return `${kind}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}
