/**
 * Two projects: `unit` is fast and runs from sources, `system` starts real servers from `dist`.
 * Workspaces resolve to their sources, so that a unit test never reads a stale build.
 */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { SummaryReporter } from "./vitest.summary.ts";

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const resolve = {
  alias: [{ find: /^@claimd\/(proto|client|server)$/, replacement: `${source("./")}$1/index.ts` }],
};

/** Whole servers, child processes and disks: few at once, and patient. */
const systemTests = ["{server,client,bench}/test/**/*.test.ts"];
const notTests = ["**/node_modules/**", "**/dist/**"];

export default defineConfig({
  resolve,
  oxc: { target: "es2023" },
  test: {
    reporters: ["default", new SummaryReporter()],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          sequence: { groupOrder: 0 },
          // Some wait, others compute; and a process for each file takes longer than its tests.
          maxWorkers: availableParallelism(),
          isolate: false,
          testTimeout: 30_000,
          include: ["{proto,server,client,bench,deploy}/**/*.test.ts"],
          exclude: [...notTests, ...systemTests],
        },
      },
      {
        extends: true,
        test: {
          name: "system",
          include: systemTests,
          exclude: notTests,
          testTimeout: 240_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
