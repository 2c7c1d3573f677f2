/**
 * An etcd cluster of a test's own: real processes on free ports of the loopback, in temporary
 * folders, which can be killed, stopped, continued and started again one by one.
 *
 * Its settings and its faults go over etcd's HTTP gateway, not over what is tested. Never leaves a
 * process behind: `endEtcd` kills what is still there, and so does the end of the test worker.
 *
 * Needs ETCD_SERVER. Each member takes some 120 MB in the temporary folder until it is ended.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { sleep } from "./key-asker.ts";
import type { Need } from "./services.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

export const ETCD_SERVER: Need = {
  what: "etcd (etcd-server)",
  met: () => spawnSync("etcd", ["--version"], { stdio: "ignore" }).status === 0,
};

const HOST = "127.0.0.1";
const READY_WITHIN_MS = 30_000;
const ASK_WITHIN_MS = 2000;
const OUTPUT_KEPT = 8192;
/** A port was free when it was looked for, and may be taken when it is used. */
const MOST_STARTS = 3;

export interface EtcdClusterOptions {
  /** 3 unless said otherwise. */
  readonly members?: number;
  /** Of the side that clients see; etcd's flags by their names. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Clients speak TLS: the flags above name the files. The gateway can't be asked then. */
  readonly tls?: boolean;
}

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Kills every member this worker has started and waits until they are gone. */
export async function endEtcd(): Promise<void> {
  await Promise.all([...running].map(endChild));
}

async function endChild(child: ChildProcess): Promise<void> {
  if (!running.has(child)) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

export class EtcdMember {
  readonly name: string;
  /** `host:port` for clients. */
  readonly endpoint: string;
  readonly #arguments: readonly string[];
  readonly #health: string;
  #child: ChildProcess | undefined;
  #output = "";

  constructor(name: string, endpoint: string, health: string, line: readonly string[]) {
    this.name = name;
    this.endpoint = endpoint;
    this.#health = health;
    this.#arguments = line;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get hasEnded(): boolean {
    return this.#child === undefined || !running.has(this.#child);
  }

  /** After `kill` too: it goes on with what it has on disk. */
  start(): void {
    const { PATH = "" } = process.env;
    // It takes settings from the environment too: those of this machine's owner don't count.
    const child = spawn("etcd", this.#arguments, {
      env: { PATH },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#output = (this.#output + text).slice(-OUTPUT_KEPT);
      });
    }
    running.add(child);
    child.once("exit", () => running.delete(child));
    this.#child = child;
  }

  /** It can read and write: there is a leader, and it is not behind. */
  async ready(): Promise<void> {
    const endMs = performance.now() + READY_WITHIN_MS;
    while (!(await this.#isHealthy())) {
      if (this.hasEnded || performance.now() > endMs) {
        throw new Error(`${this.name} is not ready:\n${this.#output}`);
      }
      await sleep(50);
    }
  }

  /** As a power cut does it, but for what the system has not written yet. */
  async kill(): Promise<void> {
    if (this.#child !== undefined) await endChild(this.#child);
  }

  /** It keeps its connections and answers nothing. */
  stop(): void {
    this.#child?.kill("SIGSTOP");
  }

  resume(): void {
    this.#child?.kill("SIGCONT");
  }

  /** A call of etcd's HTTP gateway; numbers of 64 bits are texts. Rejects when it fails. */
  async post(path: string, body: object, token = ""): Promise<Record<string, unknown>> {
    const response = await fetch(`http://${this.endpoint}/v3/${path}`, {
      method: "POST",
      body: JSON.stringify(body),
      headers: token === "" ? {} : { authorization: token },
      signal: AbortSignal.timeout(ASK_WITHIN_MS),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    if (!response.ok) throw new Error(`${path}: ${JSON.stringify(answer)}`);
    return answer;
  }

  async #isHealthy(): Promise<boolean> {
    try {
      const signal = AbortSignal.timeout(ASK_WITHIN_MS);
      const response = await fetch(`${this.#health}/health`, { signal });
      return response.ok && (await response.text()).includes("true");
    } catch {
      return false;
    }
  }
}

export class EtcdCluster {
  readonly members: readonly EtcdMember[];
  readonly #directory: string;

  private constructor(members: readonly EtcdMember[], directory: string) {
    this.members = members;
    this.#directory = directory;
  }

  /** Resolves when all members are ready. */
  static async start(options: EtcdClusterOptions = {}): Promise<EtcdCluster> {
    for (let left = MOST_STARTS - 1; ; left--) {
      const cluster = await EtcdCluster.#prepare(options);
      try {
        for (const member of cluster.members) member.start();
        await cluster.ready();
        return cluster;
      } catch (error) {
        await cluster.end();
        if (left === 0) throw error;
      }
    }
  }

  static async #prepare(options: EtcdClusterOptions): Promise<EtcdCluster> {
    const { members: count = 3, flags = {}, tls = false } = options;
    const directory = temporaryDirectory("claimd-etcd");
    const ports = await freePorts(3 * count);
    const names = Array.from({ length: count }, (_, n) => `m${n}`);
    const address = (n: number): string => `${HOST}:${ports[n] ?? 0}`;
    const peers = names.map((name, n) => `${name}=http://${address(n)}`).join(",");
    const members = names.map((name, n) => {
      const endpoint = address(count + n);
      const clients = `${tls ? "https" : "http"}://${endpoint}`;
      const health = `http://${address(2 * count + n)}`;
      const line = Object.entries({
        name,
        "data-dir": join(directory, name),
        "listen-client-urls": clients,
        "advertise-client-urls": clients,
        "listen-metrics-urls": health,
        "listen-peer-urls": `http://${address(n)}`,
        "initial-advertise-peer-urls": `http://${address(n)}`,
        "initial-cluster": peers,
        "initial-cluster-token": directory,
        ...flags,
      }).map(([flag, value]) => `--${flag}=${value}`);
      return new EtcdMember(name, endpoint, health, line);
    });
    return new EtcdCluster(members, directory);
  }

  get endpoints(): readonly string[] {
    return this.members.map(({ endpoint }) => endpoint);
  }

  async ready(): Promise<void> {
    await Promise.all(this.members.map((member) => member.ready()));
  }

  /** Continues who is stopped, starts who is dead, and waits until all are ready. */
  async heal(): Promise<void> {
    for (const member of this.members) {
      if (member.hasEnded) member.start();
      else member.resume();
    }
    await this.ready();
  }

  /** The member that the first to answer takes for it. Some must run. */
  async leader(): Promise<EtcdMember> {
    const asked = this.members.map(async (member) => {
      const answer = await member.post("maintenance/status", {});
      const { member_id } = answer["header"] as { member_id: string };
      if (answer["leader"] !== member_id) throw new Error(`${member.name} does not lead`);
      return member;
    });
    return await Promise.any(asked);
  }

  /** Everything before the revision but what is still there is forgotten. */
  async compact(revision: number): Promise<void> {
    await Promise.any(this.members.map((each) => each.post("kv/compaction", { revision })));
  }

  /** Kills all members and removes what they have written. */
  async end(): Promise<void> {
    await Promise.all(this.members.map((member) => member.kill()));
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Free a moment ago: etcd takes no "any free one". Asked for together, so that they differ. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, HOST));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  const closed = servers.map((server) => once(server, "close"));
  for (const server of servers) server.close();
  await Promise.all(closed);
  return ports;
}
