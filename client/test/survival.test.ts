/** The client when its node dies, the network loses replies, or nobody is there at all. */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { type ClaimdClient, createClient } from "@claimd/client";
import { seededRandom, testSeed } from "../../server/test/support/seed.ts";
import {
  endServers,
  type ServerProcess,
  spawnServer,
} from "../../server/test/support/server-process.ts";
import { TcpProxy } from "../../server/test/support/tcp-proxy.ts";
import {
  removeTemporaryDirectories,
  temporaryDirectory,
} from "../../server/test/support/temporary-directory.ts";
import { until } from "../testing/until.ts";

afterEach(endServers);
afterAll(removeTemporaryDirectories);

const seed = testSeed();

/** Callers that claim and settle until they are stopped; every key is asked for once. */
class Load {
  readonly done: string[] = [];
  readonly errors: unknown[] = [];
  #stopped = false;
  readonly #callers: Promise<void>[];

  constructor(client: ClaimdClient, callers: number) {
    this.#callers = Array.from({ length: callers }, (_, at) => this.#call(client, at));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#callers);
  }

  async #call(client: ClaimdClient, caller: number): Promise<void> {
    for (let count = 0; !this.#stopped; count++) {
      const key = `${caller}-${count}`;
      try {
        if (count % 2 === 0) {
          const outcome = await client.checkAndSet(key);
          // The key is this caller's alone: whoever else had it was this very claim.
          if (!outcome.first) throw new Error(`${key} was taken: ${outcome.status}`);
        } else {
          const outcome = await client.run(key, ({ attempt }) => attempt);
          if (outcome.replayed || outcome.value !== 1) throw new Error(`${key} ran before`);
        }
        this.done.push(key);
      } catch (error) {
        this.errors.push(error);
      }
    }
  }
}

async function expectAllTaken(client: ClaimdClient, keys: readonly string[]): Promise<void> {
  const outcomes = await Promise.all(keys.map((key) => client.checkAndSet(key)));
  expect(outcomes.filter(({ first }) => first)).toEqual([]);
}

describe("a node that is killed and comes back", () => {
  it("costs no call and grants nothing twice", async () => {
    const dataDir = temporaryDirectory();
    let server = await spawnServer({ dataDir });
    const port = server.grpc.split(":")[1] ?? "";
    await using client = createClient({
      address: server.grpc,
      namespace: "load",
      timeoutMs: 60_000,
      settleTimeoutMs: 60_000,
    });
    const load = new Load(client, 64);
    for (let round = 0; round < 3; round++) {
      const before = load.done.length;
      await until(() => load.done.length > before + 500);
      await server.kill("SIGKILL");
      await pause(200);
      server = await spawnServer({ dataDir, env: { CLAIMD_GRPC_PORT: port } });
    }
    await until(() => load.done.length > 3000);
    await load.stop();
    expect(load.errors).toEqual([]);
    expect(client.stats().disconnects).toBeGreaterThanOrEqual(3);
    await expectAllTaken(client, load.done);
  });

  it("costs no call when it is drained and started again", async () => {
    const dataDir = temporaryDirectory();
    const server = await spawnServer({ dataDir });
    const port = server.grpc.split(":")[1] ?? "";
    await using client = createClient({
      address: server.grpc,
      namespace: "load",
      timeoutMs: 60_000,
      settleTimeoutMs: 60_000,
    });
    const load = new Load(client, 64);
    await until(() => load.done.length > 500);
    expect(await server.kill("SIGTERM")).toMatchObject({ code: 0 });
    await spawnServer({ dataDir, env: { CLAIMD_GRPC_PORT: port } });
    const before = load.done.length;
    await until(() => load.done.length > before + 500);
    await load.stop();
    expect(load.errors).toEqual([]);
    await expectAllTaken(client, load.done);
  });
});

describe(`a network that cuts connections at random, seed ${seed}`, () => {
  it("leaves every claimant with the right answer", async () => {
    const random = seededRandom(seed);
    const server = await spawnServer({ dataDir: temporaryDirectory() });
    const proxy = await TcpProxy.to(server.grpc, random, {
      cutAfterBytes: () => 500 + random.below(30_000),
    });
    const client = createClient({
      address: proxy.address,
      namespace: "load",
      timeoutMs: 60_000,
      settleTimeoutMs: 60_000,
    });
    const load = new Load(client, 32);
    await until(() => proxy.cuts >= 30 && load.done.length > 1000);
    proxy.faults = {};
    await load.stop();
    expect(load.errors).toEqual([]);
    await expectAllTaken(client, load.done);
    await client.close();
    await proxy.close();
  });

  it("is left for a new connection when it is half-open", async () => {
    const server = await spawnServer({ dataDir: temporaryDirectory() });
    const proxy = await TcpProxy.to(server.grpc, seededRandom(seed));
    const client = createClient({ address: proxy.address, namespace: "a", timeoutMs: 40_000 });
    await client.checkAndSet("before");
    proxy.halfOpen = true;
    const asked = client.checkAndSet("k");
    await pause(9000);
    proxy.halfOpen = false;
    expect(await asked).toMatchObject({ first: true });
    expect(client.stats().disconnects).toBeGreaterThanOrEqual(1);
    await client.close();
    await proxy.close();
  });
});

describe("a handler that outlives its lease", () => {
  const overTime = async (stop: (server: ServerProcess) => Promise<unknown>): Promise<void> => {
    const server = await spawnServer({ dataDir: temporaryDirectory() });
    const options = { settleTimeoutMs: 300, closeTimeoutMs: 0 };
    const client = createClient({ address: server.grpc, namespace: "a", ...options });
    let abortedAfterMs = Number.POSITIVE_INFINITY;
    const running = client.run(
      "k",
      async ({ signal }) => {
        await stop(server);
        const startMs = performance.now();
        await until(() => signal.aborted);
        abortedAfterMs = performance.now() - startMs;
        return "effect";
      },
      { leaseMs: 1500 },
    );
    await expect(running).rejects.toMatchObject({ code: "COMPLETE_UNKNOWN", value: "effect" });
    expect(abortedAfterMs).toBeLessThan(1500);
    await client.close();
  };

  it("gets its signal aborted when the node is dead", () =>
    overTime((server) => server.kill("SIGKILL")));

  it("gets its signal aborted when the node is frozen", () =>
    overTime((server) => {
      server.signal("SIGSTOP");
      return Promise.resolve();
    }));
});
