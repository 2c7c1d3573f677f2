/** What only rendering brings: generated names, the overlay's namespace, the image. */
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IStatefulSet } from "kubernetes-models/apps/v1";
import { describe, expect, it } from "vitest";
import { asRendered, KUBERNETES, type Manifest, OVERLAYS, whyNoRendering } from "./manifests.ts";

const reason = whyNoRendering();

function podOf(manifests: readonly Manifest[]) {
  const sets = manifests.filter(({ kind }) => kind === "StatefulSet") as unknown as IStatefulSet[];
  return sets.find(({ metadata }) => metadata?.name === "claimd")?.spec?.template.spec;
}

/** The policy file's config map as its pod sees it, and as it is. */
function configMapNames(manifests: readonly Manifest[]): readonly unknown[] {
  const maps = manifests.filter(({ kind }) => kind === "ConfigMap");
  const mounted = podOf(manifests)?.volumes?.find(({ name }) => name === "namespaces");
  return [mounted?.configMap?.name, ...maps.map(({ metadata }) => metadata.name)];
}

const title = reason === undefined ? "kubectl kustomize" : `kubectl kustomize (skipped: ${reason})`;

describe.skipIf(reason !== undefined).each(readdirSync(OVERLAYS))(
  `${title}, overlay %s`,
  (name) => {
    it("puts everything into one namespace", () => {
      for (const { kind, metadata } of asRendered(join(OVERLAYS, name))) {
        expect(kind === "Namespace" ? metadata.name : metadata.namespace).toBe("claimd");
      }
    });

    it("names an image with a tag", () => {
      const images = podOf(asRendered(join(OVERLAYS, name)))?.containers.map(({ image }) => image);
      expect(images).toEqual([expect.stringMatching(/^[^:]+:(?!latest$)\S+$/)]);
    });

    it("restarts the pods when the policy file changes", () => {
      const copy = mkdtempSync(join(tmpdir(), "claimd-kubernetes-"));
      try {
        cpSync(KUBERNETES, copy, { recursive: true });
        const [mounted, generated] = configMapNames(asRendered(join(copy, "overlays", name)));
        expect(generated).toMatch(/^claimd-namespaces-\w+$/);
        expect(mounted).toBe(generated);
        writeFileSync(join(copy, "base", "namespaces.json"), "[]\n");
        const [mountedNow] = configMapNames(asRendered(join(copy, "overlays", name)));
        expect(mountedNow).toMatch(/^claimd-namespaces-\w+$/);
        expect(mountedNow).not.toBe(mounted);
      } finally {
        rmSync(copy, { recursive: true });
      }
    });
  },
);
