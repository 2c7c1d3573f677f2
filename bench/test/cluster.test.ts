/** `npm run cluster` as a user sees it: a killed node comes back, and Ctrl-C leaves nothing. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { ETCD_SERVER } from "../../server/test/support/etcd-cluster.ts";
import { describeWith } from "../../server/test/support/services.ts";
import { ETCD_OFFSET } from "../cluster/arguments.ts";
import { startProgram } from "./support/started-program.ts";

const MAIN = fileURLToPath(new URL("../dist/cluster/main.js", import.meta.url));
const PORTS = ETCD_OFFSET + 3;
const SEEN_WITHIN_MS = 90_000;

/** The first of so many free neighbours, below the ports that connections get by themselves. */
async function freeRow(count: number): Promise<number> {
  for (;;) {
    const first = 12_000 + Math.floor(Math.random() * 15_000);
    const all = Array.from({ length: count }, (_, at) => isFree(first + at));
    if ((await Promise.all(all)).every(Boolean)) return first;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listening = once(server, "listening").then(
    () => true,
    () => false,
  );
  server.listen(port, "127.0.0.1");
  const free = await listening;
  server.close();
  return free;
}

async function startTrial() {
  const port = await freeRow(PORTS);
  const program = startProgram([MAIN, "--port", String(port)]);
  let seenUpTo = 0;
  const etcd = `127.0.0.1:${port + ETCD_OFFSET}`;
  return {
    ...program,
    /** Resolves with what was found, after what was seen before. */
    seen: async (pattern: RegExp): Promise<RegExpExecArray> => {
      const untilMs = performance.now() + SEEN_WITHIN_MS;
      for (;;) {
        const output = program.output().slice(seenUpTo);
        const found = pattern.exec(output);
        if (found !== null) {
          seenUpTo += found.index + found[0].length;
          return found;
        }
        expect(program.child.exitCode, output).toBeNull();
        expect(performance.now(), `${String(pattern)}\n${output}`).toBeLessThan(untilMs);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    operate: async (...line: readonly string[]): Promise<string> => {
      const all = [MAIN, ...line, "--etcd", etcd];
      return (await promisify(execFile)(process.execPath, all)).stdout;
    },
  };
}

describeWith("a cluster for trying out", [ETCD_SERVER], () => {
  it("shows who is gone and starts it again, takes verbs, and leaves nothing", async () => {
    const trial = await startTrial();
    const [, pid] = await trial.seen(/n[23]: PID (\d+)/);
    await trial.seen(/n1 alive.*, in sync 256 \| n2 alive.* in sync 256 \| n3 alive.* in sync 256/);
    process.kill(Number(pid), "SIGKILL");
    await trial.seen(/n[23] has ended; it is started again in 15 s/);
    await trial.seen(/n[23] GONE: leads 0/);
    await trial.seen(/n[23]: PID \d+/);
    await trial.seen(/n2 alive: leads \d+, in sync 256 .* n3 alive: leads \d+, in sync 256/);
    await trial.operate("move", "7", "n1", "n2", "n3");
    await expect(trial.operate("drain", "n9")).rejects.toMatchObject({
      stderr: expect.stringContaining('neither a node nor a store "n9"') as string,
    });
    const listed = JSON.parse(await trial.operate("list", "--json")) as {
      readonly stores: readonly { readonly node: string }[];
      readonly partitions: readonly object[];
    };
    expect(listed.stores.map(({ node }) => node)).toEqual(["n1", "n2", "n3"]);
    expect(listed.partitions).toHaveLength(256);
    trial.child.kill("SIGINT");
    // Its children share its output: it closes when the last of them is gone.
    await trial.ended;
    expect(trial.child.exitCode).toBe(130);
    expect(readdirSync(trial.folder)).toEqual([]);
  }, 240_000);
});
