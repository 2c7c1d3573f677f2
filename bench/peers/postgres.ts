/**
 * A Postgres of its own, as it comes: `synchronous_commit` is on, every answered claim is in the
 * synced log. Runs as the user postgres where the bench runs as root: it refuses root.
 */
import { execFile, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { endChild } from "../support/belongings.ts";
import { firstLine } from "../support/first-line.ts";
import { freePorts, mustBe, programPath, versionOf } from "./program.ts";
import { HOST, type Service, WINDOW_MS } from "./service.ts";

const PROGRAM = "postgres";
const USER = "postgres";
/** At once, without a checkpoint; SIGKILL would leave a segment of shared memory. */
const END = "SIGQUIT";
const VERSIONS = "/usr/lib/postgresql";
const READY_WITHIN_MS = 30_000;
/** Keys of one statement while filling. */
const FILL_STEP = 200_000;

/** Compared by bytes: the language's order would only cost time. */
const TABLE =
  'CREATE TABLE claims (key text COLLATE "C" PRIMARY KEY, expires_at timestamptz NOT NULL)';
const FILL = `INSERT INTO claims (key, expires_at)
  SELECT gen_random_uuid()::text, now() + interval '${WINDOW_MS} ms'
  FROM generate_series(1, $1::int)`;

/** Debian puts it on nobody's path, a folder for each version: the newest counts. */
function program(name: string): string | undefined {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS) : [];
  const newestFirst = versions.sort((a, b) => Number(b) - Number(a));
  return programPath(
    name,
    newestFirst.map((version) => join(VERSIONS, version, "bin")),
  );
}

export const postgres: Service = {
  title: "Postgres",
  program: PROGRAM,
  client: "pg",
  settings: "as it comes (fsync on, synchronous_commit on), LC_COLLATE C",
  durability: "synced before it is answered",
  mostKeysBefore: Number.POSITIVE_INFINITY,
  version: () => versionOf(program(PROGRAM)),
  start: async (belongings, parentDirectory) => {
    const directory = belongings.temporaryDirectory(parentDirectory, "postgres-bench");
    const [port = 0] = await freePorts(1);
    const user = ownUser();
    if (user !== undefined) chownSync(directory, user.uid, user.gid);
    const made = promisify(execFile)(
      mustBe(program("initdb"), "initdb"),
      ["-D", directory, "-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C", "--no-sync"],
      { ...user, cwd: "/" },
    );
    belongings.keep(made.child);
    await made;
    const child = belongings.keep(
      spawn(
        mustBe(program(PROGRAM), PROGRAM),
        ["-D", directory, "-h", HOST, "-p", String(port), "-k", ""],
        // Its settings are those of its own folder, whatever the environment says.
        { ...user, cwd: "/", env: {}, stdio: ["ignore", "pipe", "pipe"] },
      ),
      END,
    );
    const isReady = (line: string): boolean => line.includes("ready to accept connections");
    await firstLine(child, PROGRAM, isReady, READY_WITHIN_MS);
    await ask(port, (client) => client.query(TABLE));
    return {
      pid: child.pid ?? 0,
      port,
      fill: (keys, onProgress) => ask(port, (client) => fill(client, keys, onProgress)),
      stop: async () => {
        await endChild(child, END);
        belongings.removeDirectory(directory);
      },
    };
  },
};

/** With its index in place, as a table that has grown by claims has it, not built afterwards. */
async function fill(
  client: Client,
  keys: number,
  onProgress: (done: number) => void,
): Promise<void> {
  for (let done = 0; done < keys; done += FILL_STEP) {
    await client.query(FILL, [Math.min(FILL_STEP, keys - done)]);
    onProgress(Math.min(done + FILL_STEP, keys));
  }
  // It would start by itself a minute later, in somebody's turn.
  await client.query("VACUUM (ANALYZE) claims");
}

async function ask(port: number, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client(postgresConnection(port));
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

export function postgresConnection(port: number) {
  return { host: HOST, port, user: USER, database: "postgres", ssl: false } as const;
}

/** Nothing to say where the bench itself is no root. */
function ownUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (kind: "-u" | "-g"): number =>
    Number(execFileSync("id", [kind, USER], { encoding: "utf8" }));
  return { uid: idOf("-u"), gid: idOf("-g") };
}
