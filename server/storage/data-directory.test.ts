import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DataDirectory, type DataDirectoryMode } from "./data-directory.ts";
import { STORE_ID } from "./test/journal-fixtures.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "claimd-data-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const open = (name = "data", mode: DataDirectoryMode = "single"): Promise<DataDirectory> =>
  DataDirectory.open({ path: join(folder, name), mode, random: () => STORE_ID });

const file = (name: string): string => join(folder, "data", name);

describe("a data directory", () => {
  it("is made with all that belongs in it, for nobody else to read", async () => {
    const directory = await open("some/where/data");
    expect(directory.path).toBe(join(folder, "some/where/data"));
    expect(directory.created).toBe(true);
    expect(directory.storeId).toEqual(STORE_ID);
    const { path, journalPath, recordsPath } = directory;
    expect((await readdir(path)).sort()).toEqual(["claimd.json", "in-use", "journal", "records"]);
    expect([journalPath, recordsPath]).toEqual([join(path, "journal"), join(path, "records")]);
    for (const each of [path, journalPath, recordsPath]) {
      expect((await stat(each)).mode & 0o777).toBe(0o700);
    }
    expect(JSON.parse(await readFile(join(path, "claimd.json"), "utf8"))).toEqual({
      format: 3,
      mode: "single",
      partitions: 256,
      hash: "murmur3-x86-32",
      storeId: "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
    });
    await directory.close();
    await directory.close();
  });

  it("remembers its store id", async () => {
    await (await open()).close();
    const again = await DataDirectory.open({
      path: join(folder, "data"),
      mode: "single",
      random: () => new Uint8Array(16),
    });
    expect(again.created).toBe(false);
    expect(again.storeId).toEqual(STORE_ID);
    await again.close();
  });

  it.each([
    ["format", 2, "3"],
    ["mode", "cluster:blue", '"single"'],
    ["partitions", 128, "256"],
    ["hash", "fnv", '"murmur3-x86-32"'],
    ["hash", undefined, '"murmur3-x86-32"'],
    ["storeId", "A0A1A2A3A4A5A6A7A8A9AAABACADAEAF", "32 hexadecimal digits"],
    ["storeId", 7, "32 hexadecimal digits"],
  ])("is refused by name when %s is %j", async (field, value, expected) => {
    await (await open()).close();
    const identity = JSON.parse(await readFile(file("claimd.json"), "utf8")) as object;
    await writeFile(file("claimd.json"), JSON.stringify({ ...identity, [field]: value }));
    const found = value === undefined ? "missing" : JSON.stringify(value);
    await expect(open()).rejects.toMatchObject({
      code: "WRONG_DATA_DIRECTORY",
      message: expect.stringContaining(
        `claimd.json: ${field} is ${found}, expected ${expected}.`,
      ) as string,
    });
  });

  it("of a single node is not taken by a cluster, nor by another cluster", async () => {
    await (await open("data", "cluster:blue")).close();
    await (await open("data", "cluster:blue")).close();
    await expect(open("data", "cluster:green")).rejects.toThrow(
      'mode is "cluster:blue", expected "cluster:green"',
    );
    await expect(open()).rejects.toThrow('mode is "cluster:blue", expected "single"');
  });

  it.each(["", "{", "null", "7"])("is refused when claimd.json holds %j", async (content) => {
    await mkdir(join(folder, "data"));
    await writeFile(file("claimd.json"), content);
    await expect(open()).rejects.toMatchObject({ code: "WRONG_DATA_DIRECTORY" });
  });

  it.each(["journal", "records"])("is refused when it has %s but no claimd.json", async (name) => {
    await mkdir(file(name), { recursive: true });
    await expect(open()).rejects.toMatchObject({ code: "WRONG_DATA_DIRECTORY" });
    expect(await readdir(join(folder, "data"))).toEqual([name]);
  });

  it("is finished by the next start when making it was interrupted anywhere", async () => {
    await mkdir(file("in-use"), { recursive: true });
    await writeFile(file("claimd.json.tmp"), '{ "form');
    await (await open()).close();
    await rm(file("journal"), { recursive: true });
    await rm(file("records"), { recursive: true });
    const directory = await open();
    expect((await readdir(directory.path)).sort()).toEqual([
      "claimd.json",
      "in-use",
      "journal",
      "records",
    ]);
    await directory.close();
  });
});

describe("exclusive use of a data directory", () => {
  it("keeps a second opener out until the first has closed", async () => {
    const first = await open();
    await expect(open()).rejects.toMatchObject({ code: "DATA_DIRECTORY_IN_USE" });
    await first.close();
    await (await open()).close();
  });

  it("keeps out another process, and ends with it even when it is killed", async () => {
    await (await open()).close();
    const program = `
      import { ClassicLevel } from "classic-level";
      const level = new ClassicLevel(process.argv[1]);
      await level.open();
      process.stdout.write("open");
      setInterval(() => {}, 1000);`;
    const other = spawn(
      process.execPath,
      ["--input-type=module", "--eval", program, file("in-use")],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    await once(other.stdout, "data");
    await expect(open()).rejects.toMatchObject({ code: "DATA_DIRECTORY_IN_USE" });
    other.kill("SIGKILL");
    await once(other, "exit");
    await (await open()).close();
  });

  it("does not depend on what a power cut made of the files that stand for it", async () => {
    await (await open()).close();
    for (const name of await readdir(file("in-use"))) {
      if (name !== "LOCK") await writeFile(join(file("in-use"), name), "torn");
    }
    const directory = await open();
    await expect(open()).rejects.toMatchObject({ code: "DATA_DIRECTORY_IN_USE" });
    await directory.close();
  });
});
