/**
 * Waits for the line by which a server says that it is ready. A server that ends before, or is
 * silent for too long, fails with what it wrote, so that nobody has to start it again to learn
 * why.
 */
import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";

const OUTPUT_KEPT = 4096;

export function firstLine(
  child: ChildProcess,
  name: string,
  isIt: (line: string) => boolean,
  withinMs: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const fail = (what: string): void => {
      clearTimeout(timer);
      reject(new Error(`${name} ${what}${output === "" ? "" : `:\n${output}`}`));
    };
    const timer = setTimeout(() => {
      fail(`was not ready within ${withinMs} ms`);
    }, withinMs);
    // Both are read to the end, also after the line: a full pipe would stop the server. Some say
    // on the one that they are ready, some on the other.
    const read = (stream: Readable | null): void => {
      let line = "";
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output = (output + text).slice(-OUTPUT_KEPT);
        const lines = (line + text).split("\n");
        line = (lines.pop() ?? "").slice(-OUTPUT_KEPT);
        const found = lines.find(isIt);
        if (found === undefined) return;
        clearTimeout(timer);
        resolve(found);
      });
    };
    read(child.stdout);
    read(child.stderr);
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once("exit", (code, signal) => {
      fail(`ended with ${signal ?? `code ${code ?? "unknown"}`} before it was ready`);
    });
  });
}
