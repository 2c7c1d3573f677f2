import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { LogDirectory, LogFile } from "./log-file.ts";
import { logDirectoryOnDisk } from "./log-file-on-disk.ts";
import { MemoryLogDirectory } from "./memory-log-directory.ts";

const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "claimd-log-file-"));
  folders.push(path);
  return path;
}

const implementations: [string, () => Promise<LogDirectory>][] = [
  ["on disk", async () => logDirectoryOnDisk(await folder(), () => performance.now())],
  ["in memory", () => Promise.resolve(new MemoryLogDirectory())],
];

async function text(file: LogFile, position = 0, bytes = 100): Promise<string> {
  const into = Buffer.alloc(bytes);
  return into.subarray(0, await file.read(into, position)).toString();
}

describe.each(implementations)("a log directory %s", (_, make) => {
  it("reads back what was written, over what was there and beyond it", async () => {
    const directory = await make();
    const file = await directory.create("a");
    expect(await text(file)).toBe("");
    await file.write(Buffer.from("hello world"), 0);
    await file.write(Buffer.from("WORLD, and more"), 6);
    await file.write(new Uint8Array(0), 0);
    expect(await text(file)).toBe("hello WORLD, and more");
    expect(await text(file, 6, 5)).toBe("WORLD");
    expect(await text(file, 16)).toBe(" more");
    expect(await text(file, 21)).toBe("");
    expect(await file.size()).toBe(21);
    await file.close();
  });

  it("refuses to create what is there, and to open or remove or rename what is not", async () => {
    const directory = await make();
    await (await directory.create("a")).close();
    await expect(directory.create("a")).rejects.toThrow("EEXIST");
    await expect(directory.open("b")).rejects.toThrow("ENOENT");
    await expect(directory.remove("b")).rejects.toThrow("ENOENT");
    await expect(directory.rename("b", "c")).rejects.toThrow("ENOENT");
  });

  it("lists what was created, renamed and removed", async () => {
    const directory = await make();
    for (const name of ["a", "b", "c"]) await (await directory.create(name)).close();
    await directory.rename("a", "d");
    await directory.remove("b");
    await directory.sync();
    expect((await directory.list()).sort()).toEqual(["c", "d"]);
  });

  it("replaces by rename and keeps open files what they are", async () => {
    const directory = await make();
    const old = await directory.create("a");
    await old.write(Buffer.from("old"), 0);
    const fresh = await directory.create("b");
    await fresh.write(Buffer.from("fresh"), 0);
    await directory.rename("b", "a");
    expect(await text(old)).toBe("old");
    await fresh.write(Buffer.from("F"), 0);
    const opened = await directory.open("a");
    expect(await text(opened)).toBe("Fresh");
    for (const file of [old, fresh, opened]) await file.close();
  });

  it("is done with a file once it is closed, however often", async () => {
    const directory = await make();
    const file = await directory.create("a");
    await file.close();
    await file.close();
    await expect(file.write(Buffer.from("x"), 0)).rejects.toThrow();
    await expect(file.read(Buffer.alloc(1), 0)).rejects.toThrow();
  });
});

describe("a log directory on disk", () => {
  it("says where it is, and fails in a folder that is not there", async () => {
    const path = join(await folder(), "missing");
    const directory = logDirectoryOnDisk(path, () => performance.now());
    expect(directory.path).toBe(path);
    await expect(directory.list()).rejects.toThrow("ENOENT");
    await expect(directory.sync()).rejects.toThrow("ENOENT");
  });
});
