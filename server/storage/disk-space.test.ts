import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { DiskSpace, diskSizeOf } from "./disk-space.ts";
import { SILENT } from "./test/test-node.ts";

const SETTINGS = { minFreeShare: 0.05, minFreeBytes: 512 };

async function diskOf(
  size: { freeBytes: number; totalBytes: number },
  settings = SETTINGS,
): Promise<DiskSpace> {
  return DiskSpace.watch(settings, () => Promise.resolve({ ...size }), SILENT);
}

describe("disk space", () => {
  it("is low below the share or below the reserve, whichever is more", async () => {
    const bySize = { freeBytes: 4_999, totalBytes: 100_000 };
    using share = await diskOf(bySize);
    expect(share.low).toBe(true);
    using enough = await diskOf({ freeBytes: 5_000, totalBytes: 100_000 });
    expect(enough.low).toBe(false);
    using reserve = await diskOf({ freeBytes: 511, totalBytes: 1_000 });
    expect(reserve.low).toBe(true);
    using above = await diskOf({ freeBytes: 512, totalBytes: 1_000 });
    expect(above.low).toBe(false);
  });

  it("goes on by itself when there is space again, and does not flutter", async () => {
    const size = { freeBytes: 600, totalBytes: 1_000 };
    const told: string[] = [];
    const log = {
      info: (_: object, message: string) => told.push(message),
      warn: (_: object, message: string) => told.push(message),
    };
    using disk = await DiskSpace.watch(SETTINGS, () => Promise.resolve({ ...size }), log);
    const lowAt = async (freeBytes: number): Promise<boolean> => {
      size.freeBytes = freeBytes;
      await disk.look();
      return disk.low;
    };
    expect(await lowAt(511)).toBe(true);
    expect(await lowAt(600)).toBe(true);
    expect(await lowAt(639)).toBe(true);
    expect(await lowAt(640)).toBe(false);
    expect(await lowAt(512)).toBe(false);
    expect(told).toHaveLength(2);
    expect(disk.freeBytes).toBe(512);
  });

  it("keeps its answer when the disk can't be asked", async () => {
    let fails = false;
    const ask = (): Promise<{ freeBytes: number; totalBytes: number }> =>
      fails ? Promise.reject(new Error("EIO")) : Promise.resolve({ freeBytes: 1, totalBytes: 10 });
    using disk = await DiskSpace.watch(SETTINGS, ask, SILENT);
    fails = true;
    await disk.look();
    expect(disk.low).toBe(true);
  });

  it("is what the file system says", async () => {
    const { freeBytes, totalBytes } = await diskSizeOf(tmpdir());
    expect(freeBytes).toBeGreaterThan(0);
    expect(totalBytes).toBeGreaterThanOrEqual(freeBytes);
    using disk = await DiskSpace.watch(SETTINGS, () => diskSizeOf(tmpdir()), SILENT);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(disk.freeBytes).toBeGreaterThan(0);
  });
});
