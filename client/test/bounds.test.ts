/** What the client may cost its process: memory, places on the server, the process's end. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { startTestServer, type TestServer } from "@claimd/server";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createClient } from "@claimd/client";
import { endServers, spawnServer } from "../../server/test/support/server-process.ts";
import {
  removeTemporaryDirectories,
  temporaryDirectory,
} from "../../server/test/support/temporary-directory.ts";
import { until } from "../testing/until.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterEach(endServers);
afterAll(async () => {
  await server.close();
  removeTemporaryDirectories();
});

describe("claims that wait", () => {
  it("ten thousand on one key hurt nobody, and all end with the completion", async () => {
    await using client = createClient({ address: server.address, namespace: "a" });
    const holder = await client.claim("hot");
    if (holder.status !== "GRANTED") throw new Error(holder.status);
    const waiting = Array.from({ length: 10_000 }, () => client.claim("hot", { waitMs: 30_000 }));
    await until(() => client.stats().frames >= 11);
    const startMs = performance.now();
    for (let at = 0; at < 20; at++) {
      expect(await client.checkAndSet(`other-${at}`)).toMatchObject({ first: true });
    }
    expect((performance.now() - startMs) / 20).toBeLessThan(500);
    await holder.complete({ value: "done" });
    const outcomes = await Promise.all(waiting);
    expect(outcomes.every(({ status }) => status === "COMPLETED")).toBe(true);
  });

  it("beyond what a session may hold wait here, and get their turn", async () => {
    await using client = createClient({ address: server.address, namespace: "a" });
    const holder = await client.claim("hotter");
    if (holder.status !== "GRANTED") throw new Error(holder.status);
    const waiting = Array.from({ length: 20_000 }, () =>
      client.claim("hotter", { waitMs: 30_000 }),
    );
    await until(() => client.stats().frames >= 13);
    await holder.complete();
    const outcomes = await Promise.all(waiting);
    expect(outcomes.every(({ status }) => status === "COMPLETED")).toBe(true);
  });
});

describe("back-pressure", () => {
  it("bounds memory while a node is frozen: what is too much is refused", async () => {
    const frozen = await spawnServer({ dataDir: temporaryDirectory() });
    const client = createClient({
      address: frozen.grpc,
      namespace: "a",
      timeoutMs: 60_000,
      closeTimeoutMs: 0,
    });
    await client.checkAndSet("before");
    frozen.signal("SIGSTOP");
    let refused = 0;
    let answered = 0;
    const asked: Promise<unknown>[] = [];
    for (let at = 0; at < 300_000; at++) {
      const call = client.checkAndSet(`key-${at}`).then(
        () => answered++,
        (error: unknown) => {
          if ((error as { reason?: string }).reason === "CLIENT_QUEUE_FULL") refused++;
        },
      );
      asked.push(call);
      if (at % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => refused >= 300_000 - 65_536 - 4096);
    expect(answered).toBe(0);
    frozen.signal("SIGCONT");
    await Promise.all(asked);
    expect(answered + refused).toBe(300_000);
    expect(answered).toBeGreaterThanOrEqual(65_536);
    expect(answered).toBeLessThanOrEqual(65_536 + 4096);
    await client.close();
  });
});

describe("close", () => {
  const build = new URL("../dist/index.js", import.meta.url).href;
  const program = (body: string): string => `
    import { createClient } from ${JSON.stringify(build)};
    const options = { namespace: "a", closeTimeoutMs: 500 };
    const client = createClient({ address: process.argv[1], ...options });
    ${body}
    console.log("over");
  `;

  it.each([
    ["used", 'await client.checkAndSet("exit-1"); await client.close();'],
    [
      "with a claim that was never settled",
      `const claim = await client.claim("exit-2"); claim.keepLease(); claim.signal;
       await client.close();`,
    ],
    [
      "with a claim that waits",
      'client.claim("exit-2", { waitMs: 30000 }).catch(() => {}); await client.close();',
    ],
    ["never used", "await client.close();"],
    [
      "whose node was never there",
      'client.get("k").catch(() => {}); await client.close();',
      "127.0.0.1:1",
    ],
  ])("of a client %s lets the process end", async (_, body, address = server.address) => {
    const line = ["--input-type=module", "-e", program(body), address];
    const child = spawn(process.execPath, line, {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      stdio: ["ignore", "pipe", "inherit"],
    });
    let overAtMs = 0;
    child.stdout.on("data", () => (overAtMs = performance.now()));
    const patience = setTimeout(() => child.kill("SIGKILL"), 30_000);
    const [code] = (await once(child, "exit")) as [number | null];
    clearTimeout(patience);
    expect(code).toBe(0);
    expect(overAtMs).toBeGreaterThan(0);
    expect(performance.now() - overAtMs).toBeLessThan(3000);
  });
});
