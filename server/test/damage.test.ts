/**
 * Journal and records damaged, older or gone, as an operator meets it: a start rebuilds what it
 * can, and else refuses with file, place and advice. Never silently short.
 */
import {
  closeSync,
  cpSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { KeyAsker } from "./support/key-asker.ts";
import { runToExit } from "./support/server-process.ts";
import { endNodes, TestNode } from "./support/test-node.ts";
import { session } from "./support/transports.ts";

const KEYS = 30;
afterAll(endNodes);

let node: TestNode;
let keys: Buffer[];
/** A server with keys in two states, one frame each, stopped without a chance to tidy up. */
beforeEach(async () => {
  node = await TestNode.start();
  await node.put({ name: "n", leaseMs: 3_600_000 });
  keys = [];
  await addKeys(KEYS);
});

async function addKeys(count: number): Promise<void> {
  const transport = session(node.claims);
  for (let at = 0; at < count; at++) {
    const key = new KeyAsker(transport, "n");
    await key.claim();
    if (at % 2 === 0) await key.complete(key.own, { data: Buffer.from("result") });
    keys.push(key.key);
  }
  transport.close();
}

async function found(): Promise<string[]> {
  const transport = session(node.claims);
  const states = await Promise.all(
    keys.map(async (name) => {
      const { record } = await new KeyAsker(transport, "n", name).get();
      return record?.state ?? "absent";
    }),
  );
  transport.close();
  return states;
}

const everything = (): string[] =>
  keys.map((_, at) => (at % 2 === 0 ? "COMPLETED" : "IN_PROGRESS"));
const records = (): string => join(node.dataDir, "records");

/** The segment that holds frames, and where its written part ends. */
function written(): { readonly path: string; readonly bytes: Buffer; readonly end: number } {
  const folder = join(node.dataDir, "journal");
  const segments = readdirSync(folder)
    .filter((name) => name.endsWith(".journal"))
    .sort()
    .map((name) => {
      const bytes = readFileSync(join(folder, name));
      let end = bytes.length;
      while (end > 0 && bytes[end - 1] === 0) end -= 1;
      return { path: join(folder, name), bytes, end };
    });
  const last = segments.filter(({ end }) => end > 200).at(-1);
  if (last === undefined) throw new Error("no frames");
  return last;
}

function put(path: string, at: number, bytes: Buffer): void {
  const file = openSync(path, "r+");
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

const refused = async (): Promise<string> => {
  const { code, stderr } = await runToExit({ dataDir: node.dataDir });
  expect(code).toBe(1);
  return stderr;
};

describe("records", () => {
  it("that are deleted are rebuilt from the journal", async () => {
    await node.server.kill();
    rmSync(records(), { recursive: true });
    await node.restart();
    expect(await found()).toEqual(everything());
  });

  it("that are older than the journal are brought up to date", async () => {
    await node.stop();
    cpSync(records(), `${records()}-older`, { recursive: true });
    await node.restart();
    await addKeys(KEYS);
    await node.stop();
    rmSync(records(), { recursive: true });
    renameSync(`${records()}-older`, records());
    await node.restart();
    expect(await found()).toEqual(everything());
  });

  it("that are damaged are refused with advice, which works", async () => {
    await node.server.kill();
    const manifest = readdirSync(records()).find((name) => name.startsWith("MANIFEST"));
    truncateSync(join(records(), manifest ?? ""), 10);
    const said = await refused();
    expect(said).toContain(records());
    expect(said).toMatch(/move|restore|rebuil/i);
    renameSync(records(), `${records()}-damaged`);
    await node.restart();
    expect(await found()).toEqual(everything());
  });

  it("without CURRENT are never opened as if they were empty", async () => {
    await node.stop();
    rmSync(join(records(), "CURRENT"));
    const { code } = await runToExit({ dataDir: node.dataDir }, 3000).catch(() => ({ code: 0 }));
    if (code === 0) {
      await node.restart();
      expect(await found()).toEqual(everything());
    }
  });

  it("ahead of the journal are refused with advice", async () => {
    await node.stop();
    const { path, end } = written();
    put(path, end - 400, Buffer.alloc(400));
    const said = await refused();
    expect(said).toMatch(/journal ends|newer|ahead|hold everything up to/i);
    expect(said).toMatch(/move|restore|rebuil/i);
  });
});

describe("the journal", () => {
  it("with a torn tail starts with the whole frames before it", async () => {
    await node.server.kill();
    rmSync(records(), { recursive: true });
    const { path, end } = written();
    put(path, end - 3, Buffer.alloc(3));
    await node.restart();
    const states = await found();
    // The last frame was the grant or the completion of the last key.
    expect(states.slice(0, -1)).toEqual(everything().slice(0, -1));
    expect(states.at(-1)).not.toBe(everything().at(-1));
  });

  it("with damage before whole frames is refused with file, offset and advice", async () => {
    await node.server.kill();
    const { path, bytes, end } = written();
    const at = Math.floor(end / 2);
    put(path, at, Buffer.from([(bytes[at] ?? 0) ^ 0x10]));
    const said = await refused();
    expect(said).toContain(path);
    expect(said).toMatch(/offset|byte|at \d+/i);
    expect(said).toMatch(/restore|backup/i);
    // Nothing was repaired silently: mended by hand it is what it was.
    put(path, at, Buffer.from([bytes[at] ?? 0]));
    await node.restart();
    expect(await found()).toEqual(everything());
  });

  it("that is gone is refused: the records alone are not the truth", async () => {
    await node.stop();
    rmSync(join(node.dataDir, "journal"), { recursive: true });
    const said = await refused();
    expect(said).toMatch(/journal/);
    expect(said).toMatch(/restore|backup|move/i);
  });

  it("of another store is refused by name", async () => {
    await node.stop();
    const other = await TestNode.start();
    await other.put({ name: "n" });
    await other.stop();
    rmSync(join(node.dataDir, "journal"), { recursive: true });
    cpSync(join(other.dataDir, "journal"), join(node.dataDir, "journal"), { recursive: true });
    expect(await refused()).toMatch(/store/i);
  });
});

describe("a crash loop", () => {
  it("of starts that are killed at once ends where it began", async () => {
    await node.server.kill();
    for (let round = 0; round < 5; round++) {
      await runToExit({ dataDir: node.dataDir }, 150 + round * 100).catch(() => undefined);
    }
    await node.restart();
    expect(await found()).toEqual(everything());
  });
});
