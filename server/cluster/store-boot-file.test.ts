import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bootFileOnDisk, encodeBootMemory, NO_STARTS } from "./store-boot-file.ts";
import { BootWorld, STORE } from "./test/boot-world.ts";

let store: BootWorld;

beforeEach(() => {
  store = new BootWorld(1);
});

describe("bootFileOnDisk", () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "claimd-boot-"));
  });

  afterEach(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  it("has nothing at first, and then what was written last", async () => {
    const file = bootFileOnDisk(directory);
    expect(await file.read()).toBeUndefined();
    await file.write(Buffer.from("one"));
    await file.write(Buffer.from("two"));
    expect(Buffer.from((await file.read()) ?? []).toString()).toBe("two");
  });

  it("is no start of a store when it can't be read, or is of another", async () => {
    const file = bootFileOnDisk(directory);
    const damaged = {
      code: "STORE_DAMAGED",
      message: expect.stringMatching(/boot\.json/) as string,
    };
    for (const text of ["", "{", "null", '{"version":2}', '{"version":1,"store":"x"}']) {
      await writeFile(join(directory, "boot.json"), text);
      await expect(store.boot(file)).rejects.toMatchObject(damaged);
    }
    await file.write(encodeBootMemory("another", NO_STARTS));
    await expect(store.boot(file)).rejects.toMatchObject(damaged);
    expect(await store.record()).toBeUndefined();
    await file.write(encodeBootMemory(STORE, NO_STARTS));
    expect(await store.boot(file)).toMatchObject({ boot: 1 });
  });
});
