import { describe, expect, it } from "vitest";
import { MemoryLogDirectory } from "./memory-log-directory.ts";
import { seeded } from "./test/journal-fixtures.ts";

async function withFile(): Promise<{
  directory: MemoryLogDirectory;
  write: (text: string, at?: number) => Promise<void>;
}> {
  const directory = new MemoryLogDirectory();
  const file = await directory.create("a");
  await directory.sync();
  return { directory, write: (text, at = 0) => file.write(Buffer.from(text), at) };
}

const shown = (directory: MemoryLogDirectory): string => directory.content("a").toString();

describe("MemoryLogDirectory", () => {
  it("keeps resolved writes through a crash", async () => {
    const { directory, write } = await withFile();
    await write("durable");
    directory.crash();
    expect(shown(directory)).toBe("durable");
    await expect(write("x")).rejects.toThrow("EBADF");
  });

  it("forgets names that were not synced", async () => {
    const { directory } = await withFile();
    await directory.create("b");
    await directory.rename("a", "c");
    directory.crash();
    expect(await directory.list()).toEqual(["a"]);
    await directory.rename("a", "c");
    directory.crash(() => 1);
    expect(await directory.list()).toEqual(["c"]);
  });

  it("fails a write and leaves nothing", async () => {
    const { directory, write } = await withFile();
    await write("before");
    directory.failNextWrite();
    await expect(write("after")).rejects.toThrow("EIO");
    expect(shown(directory)).toBe("before");
    await write("after.");
    expect(shown(directory)).toBe("after.");
  });

  it("takes half of a short write", async () => {
    const { directory, write } = await withFile();
    await write("before");
    directory.shortNextWrite();
    await expect(write("BEFORE")).rejects.toThrow("short write");
    expect(shown(directory)).toBe("BEFore");
    directory.crash();
    expect(shown(directory)).toBe("before");
  });

  it("shows what a failed sync left and loses it in a crash", async () => {
    const { directory, write } = await withFile();
    await write("before");
    directory.failNextSync();
    await expect(write("after.")).rejects.toThrow("EIO");
    expect(shown(directory)).toBe("after.");
    directory.crash();
    expect(shown(directory)).toBe("before");
    directory.failNextSync();
    await expect(directory.sync()).rejects.toThrow("EIO");
    await directory.sync();
  });

  it("has no more space than it was given", async () => {
    const { directory, write } = await withFile();
    await write("12345");
    directory.freeSpaceBytes = 3;
    await expect(write("123456789")).rejects.toThrow("ENOSPC");
    await write("abcde678");
    await write("over it");
    await expect(write("123456789")).rejects.toThrow("ENOSPC");
  });

  it("stops at the operation it was told to; nothing works until the crash is over", async () => {
    const { directory, write } = await withFile();
    await write("before");
    directory.crashAtOperation(directory.operations + 2);
    await write("second");
    await expect(write("third.")).rejects.toThrow("went off");
    expect(directory.crashed).toBe(true);
    await expect(directory.list()).rejects.toThrow("is off");
    directory.crash();
    expect(shown(directory)).toBe("second");
  });

  it("tears what was under way: old, new, and mixed sectors all occur", async () => {
    const found = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const { directory, write } = await withFile();
      await write("o".repeat(1024));
      directory.crashAtOperation(directory.operations + 1);
      await expect(write("n".repeat(1024))).rejects.toThrow();
      directory.crash(seeded(seed));
      const sectors = [shown(directory).slice(0, 512), shown(directory).slice(512)];
      found.add(sectors.map((sector) => [...new Set(sector)].join("")).join(" "));
    }
    expect(found).toEqual(
      new Set(["o o", "n o", "o n", "n n", "no o", "no n", "o no", "n no", "no no"]),
    );
  });
});
