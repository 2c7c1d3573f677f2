/**
 * The run in one line, last of all: `12 passed, 0 failed, 1 skipped`, for people and for programs.
 *
 * Counts what vitest's own totals leave out: a file that can't be loaded has no tests to fail, and an
 * unhandled error belongs to none; each of them is one failure here.
 */
import type { Reporter, TestModule } from "vitest/node";

export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      counts.failed += module.errors().length;
      for (const test of module.children.allTests()) counts[test.result().state] += 1;
    }
    const failed = counts.failed + counts.pending;
    process.stdout.write(
      `\n${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped\n`,
    );
  }
}
