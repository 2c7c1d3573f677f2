/**
 * The Kubernetes manifests as values: as they are written, and as `kubectl kustomize` renders them.
 *
 * Reading them as written follows `resources` only: it knows neither patches nor generators, and is
 * what remains to be checked where no kubectl is installed.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, parseAllDocuments } from "yaml";

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

export const KUBERNETES = fileURLToPath(new URL("kubernetes/", import.meta.url));
export const OVERLAYS = join(KUBERNETES, "overlays");

/** Debian's 1.20 has a kustomize of 2018. */
const OLDEST_MINOR = 21;

/** Why nothing can be rendered here, or undefined when it can. */
export function whyNoRendering(): string | undefined {
  let version: string;
  try {
    version = execFileSync("kubectl", ["version", "--client", "--output=json"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return "kubectl not found";
  }
  const { clientVersion } = JSON.parse(version) as { clientVersion: { minor: string } };
  return Number.parseInt(clientVersion.minor, 10) >= OLDEST_MINOR
    ? undefined
    : `kubectl 1.${clientVersion.minor} is older than 1.${OLDEST_MINOR}`;
}

function manifestsIn(yaml: string): readonly Manifest[] {
  return parseAllDocuments(yaml).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return document.toJS() as Manifest;
  });
}

export function asRendered(folder: string): readonly Manifest[] {
  return manifestsIn(execFileSync("kubectl", ["kustomize", folder], { encoding: "utf8" }));
}

/** Only rendering shows what comes out. */
export function hasPatches(folder: string): boolean {
  const kustomization = readFileSync(join(folder, "kustomization.yaml"), "utf8");
  return (parse(kustomization) as { patches?: unknown }).patches !== undefined;
}

export function asWritten(folder: string): readonly Manifest[] {
  const kustomization = readFileSync(join(folder, "kustomization.yaml"), "utf8");
  const { resources } = parse(kustomization) as { resources: readonly string[] };
  return resources.flatMap((resource) => {
    const path = join(folder, resource);
    return statSync(path).isDirectory() ? asWritten(path) : manifestsIn(readFileSync(path, "utf8"));
  });
}
