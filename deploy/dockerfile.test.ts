/**
 * The image's recipe against what it is made from and what runs it. No builder is at hand in a
 * test, so what can go stale unnoticed is compared.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const lines = readFileSync(`${root}deploy/Dockerfile`, "utf8")
  .replace(/\\\n\s*/g, "")
  .split("\n");
const last = lines.slice(lines.findLastIndex((line) => line.startsWith("FROM ")));
const manifest = readFileSync(`${root}deploy/kubernetes/base/statefulset.yaml`, "utf8");

const wordsOf = (instruction: string, from = lines): readonly string[][] =>
  from
    .filter((line) => line.startsWith(`${instruction} `))
    .map((line) => line.split(/\s+/).slice(1));

describe("Dockerfile", () => {
  it("copies only what exists and what the build's context lets through", () => {
    const letThrough = readFileSync(`${root}.dockerignore`, "utf8").split("\n");
    const sources = wordsOf("COPY")
      .filter(([first]) => first?.startsWith("--from=") === false)
      .flatMap((words) => words.slice(0, -1));
    expect(sources).not.toEqual([]);
    for (const source of sources) {
      expect(existsSync(`${root}${source}`), source).toBe(true);
      const [folder = ""] = source.split("/");
      expect(letThrough.includes(`!${source}`) || letThrough.includes(`!${folder}`), source).toBe(
        true,
      );
    }
  });

  it("knows every workspace, or npm ci would refuse the lock file", () => {
    const { workspaces } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
      workspaces: readonly string[];
    };
    const copied = wordsOf("COPY").map(([source]) => source);
    for (const workspace of workspaces) expect(copied).toContain(`${workspace}/package.json`);
  });

  it("ends on distroless, as the user that the pods run as", () => {
    expect(last[0]).toMatch(/^FROM gcr\.io\/distroless\/nodejs24-\S+:nonroot$/);
    const user = /runAsUser: (\d+)/.exec(manifest)?.[1] ?? "";
    const group = /runAsGroup: (\d+)/.exec(manifest)?.[1] ?? "";
    expect(wordsOf("USER", last)).toEqual([[`${user}:${group}`]]);
  });

  it("has no step that depends on the architecture it is built for", () => {
    const stages = wordsOf("FROM");
    expect(stages.slice(0, -1).every(([platform]) => platform !== undefined)).toBe(true);
    for (const [first = ""] of stages.slice(0, -1)) {
      expect(first === "sources" || first === "--platform=$BUILDPLATFORM").toBe(true);
    }
    expect(last.filter((line) => line.startsWith("RUN "))).toEqual([]);
  });

  it("sizes libuv's pool before Node starts and keeps its data where the pods mount it", () => {
    const env = wordsOf("ENV", last).flat();
    expect(env.some((each) => /^UV_THREADPOOL_SIZE=\d+$/.test(each))).toBe(true);
    expect(env).toContain("MALLOC_ARENA_MAX=2");
    const data = env.find((each) => each.startsWith("CLAIMD_DATA_DIR="))?.split("=")[1] ?? "";
    expect(manifest).toContain(`mountPath: ${data}\n`);
    expect(wordsOf("VOLUME", last)).toEqual([[data]]);
  });

  it("announces the ports that the pods name", () => {
    const ports = [...manifest.matchAll(/containerPort: (\d+)/g)].map(([, port]) => port);
    expect(wordsOf("EXPOSE", last).flat()).toEqual(ports);
  });
});
