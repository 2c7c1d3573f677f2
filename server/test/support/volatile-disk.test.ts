/** The volatile disk bites: what was not synced is gone after a cut, what was synced is there. */
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { constants } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { describeWith, NEEDS } from "./services.ts";
import { newBacking, VolatileDisk } from "./volatile-disk.ts";

describeWith("VolatileDisk", [NEEDS.mount, NEEDS.fuse], () => {
  const mounted: VolatileDisk[] = [];
  const mount = async (): Promise<VolatileDisk> => {
    const disk = await VolatileDisk.mount(newBacking());
    mounted.push(disk);
    return disk;
  };
  afterEach(async () => {
    for (const disk of mounted.splice(0)) await disk.powerCut();
  });
  const syncDirectory = (path: string): void => {
    const fd = openSync(path, "r");
    fsyncSync(fd);
    closeSync(fd);
  };
  const written = (path: string, text: string, flags: string | number = "w"): number => {
    const fd = openSync(path, flags);
    writeSync(fd, text);
    return fd;
  };

  it("loses a file that was written and never synced", async () => {
    const disk = await mount();
    writeFileSync(join(disk.path, "a"), "text");
    expect(readFileSync(join(disk.path, "a"), "utf8")).toBe("text");
    await disk.powerCut();
    expect(existsSync(join(disk.backing, "a"))).toBe(false);
  });

  it("loses a synced file whose directory was not, and an entry's unsynced bytes", async () => {
    const disk = await mount();
    fsyncSync(written(join(disk.path, "a"), "text"));
    await disk.powerCut();
    expect(existsSync(join(disk.backing, "a"))).toBe(false);

    const other = await mount();
    written(join(other.path, "a"), "text");
    syncDirectory(other.path);
    await other.powerCut();
    expect(readFileSync(join(other.backing, "a"), "utf8")).toBe("");
  });

  it("keeps what fsync, fdatasync and O_DSYNC made durable, and no more", async () => {
    const disk = await mount();
    mkdirSync(join(disk.path, "d"));
    const fd = written(join(disk.path, "d", "a"), "one ");
    fsyncSync(fd);
    const direct = constants.O_CREAT | constants.O_WRONLY | constants.O_DSYNC;
    written(join(disk.path, "d", "b"), "direct", direct);
    syncDirectory(join(disk.path, "d"));
    syncDirectory(disk.path);
    writeSync(fd, "two ");
    fdatasyncSync(fd);
    writeSync(fd, "three");
    await disk.powerCut();
    expect(readFileSync(join(disk.backing, "d", "a"), "utf8")).toBe("one two ");
    expect(readFileSync(join(disk.backing, "d", "b"), "utf8")).toBe("direct");
  });

  it("shows the old or the new file after a rename over it, by the directory's sync", async () => {
    const disk = await mount();
    fsyncSync(written(join(disk.path, "a"), "old"));
    syncDirectory(disk.path);
    fsyncSync(written(join(disk.path, "new"), "new"));
    renameSync(join(disk.path, "new"), join(disk.path, "a"));
    expect(readFileSync(join(disk.backing, "a"), "utf8")).toBe("old");
    syncDirectory(disk.path);
    await disk.powerCut();
    expect(readFileSync(join(disk.backing, "a"), "utf8")).toBe("new");
    expect(existsSync(join(disk.backing, "new"))).toBe(false);
  });

  it("fails syncs and writes on demand", async () => {
    const disk = await mount();
    const fd = written(join(disk.path, "a"), "text");
    await disk.fail("sync", 1);
    expect(() => {
      fsyncSync(fd);
    }).toThrow(/EIO/);
    fsyncSync(fd);
    await disk.fail("write", 1);
    expect(() => writeSync(fd, "x")).toThrow(/EIO/);
  });
});
