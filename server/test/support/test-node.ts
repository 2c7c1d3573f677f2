/**
 * A server process with its clients and its folder, for one test file: started, restarted, ended.
 */
import { readdirSync, rmSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import type { Namespace, Namespace__Output, StatsResponse__Output } from "@claimd/proto";
import { stopped } from "./faults.ts";
import { type Exit, endServers, type ServerProcess, spawnServer } from "./server-process.ts";
import { removeTemporaryDirectories, temporaryDirectory } from "./temporary-directory.ts";
import { type AdminClient, type ClaimsClient, call, connect, deadline, type Wire } from "./wire.ts";

export interface NodeOptions {
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly launcher?: readonly string[];
}

/** Ends and removes whatever a file has started, for its `afterAll`. */
export async function endNodes(): Promise<void> {
  await endServers();
  removeTemporaryDirectories();
}

export class TestNode {
  readonly dataDir: string;
  server: ServerProcess;
  #wire: Wire;
  readonly options: NodeOptions;

  private constructor(server: ServerProcess, dataDir: string, options: NodeOptions) {
    this.server = server;
    this.dataDir = dataDir;
    this.options = options;
    this.#wire = connect(server.grpc);
  }

  static async start(options: NodeOptions = {}): Promise<TestNode> {
    const dataDir = options.dataDir ?? temporaryDirectory();
    const server = await spawnServer({ ...options, dataDir });
    return new TestNode(server, dataDir, options);
  }

  get claims(): ClaimsClient {
    return this.#wire.claims;
  }

  get admin(): AdminClient {
    return this.#wire.admin;
  }

  /** Starts again on the same folder. What was there must have ended, or is killed. */
  async restart(options: NodeOptions = this.options): Promise<void> {
    this.server.signal("SIGKILL");
    await this.server.exited;
    this.#wire.close();
    this.server = await spawnServer({ ...options, dataDir: this.dataDir });
    this.#wire = connect(this.server.grpc);
  }

  /** What was there must have ended: the next start finds an empty disk. */
  emptyDisk(): void {
    for (const name of readdirSync(this.dataDir)) {
      rmSync(join(this.dataDir, name), { recursive: true });
    }
  }

  /** As a snapshot of its volume would have it while it runs. Resolves with where the copy is. */
  async copyDisk(): Promise<string> {
    const copy = temporaryDirectory("claimd-copy");
    this.server.signal("SIGSTOP");
    await stopped(this.server.pid);
    await cp(this.dataDir, copy, { recursive: true });
    this.server.signal("SIGCONT");
    return copy;
  }

  /** What was there must have ended: the next start finds what was copied. */
  async bringBack(copy: string): Promise<void> {
    this.emptyDisk();
    await cp(copy, this.dataDir, { recursive: true });
  }

  async stop(): Promise<Exit> {
    this.#wire.close();
    return await this.server.kill("SIGTERM");
  }

  /** Creates a namespace; what is not said stands for the default. */
  put(namespace: Namespace): Promise<Namespace__Output> {
    return call<Namespace__Output>((done) =>
      this.admin.putNamespace({ namespace }, deadline(), done),
    );
  }

  setPaused(name: string, paused: boolean): Promise<Namespace__Output> {
    return call<Namespace__Output>((done) =>
      this.admin.setPaused({ name, paused }, deadline(), done),
    );
  }

  stats(): Promise<StatsResponse__Output> {
    return call<StatsResponse__Output>((done) => this.admin.stats({}, deadline(), done));
  }
}
