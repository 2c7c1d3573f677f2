/** Programs that may be installed or not: where they are, which version, ports for them. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { HOST } from "./service.ts";

/** Debian keeps some servers where only root's path leads. */
const SYSTEM_FOLDERS = ["/usr/sbin", "/usr/local/sbin"];

/** As it can be started: in one of the folders, or by its bare name. Undefined where it can't. */
export function programPath(name: string, folders: readonly string[] = []): string | undefined {
  const inThese = (paths: readonly string[]) => paths.map((folder) => join(folder, name));
  return [...inThese(folders), name, ...inThese(SYSTEM_FOLDERS)].find(
    (path) => versionOf(path) !== undefined,
  );
}

/** The first thing that looks like a version in what `--version` says. */
export function versionOf(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const { stdout, error } = spawnSync(path, ["--version"], { encoding: "utf8", cwd: "/" });
  if (error !== undefined) return undefined;
  return /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? "unknown";
}

/** Of a program whose version somebody has asked for before starting it. */
export function mustBe(path: string | undefined, name: string): string {
  if (path === undefined) throw new Error(`${name} is not installed`);
  return path;
}

/**
 * Found by asking the system, free again a moment before they are used: these programs take no
 * "any free one". Several are asked for at once, so that they differ.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, HOST));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(
    servers.map((server) => {
      server.close();
      return once(server, "close");
    }),
  );
  return ports;
}
