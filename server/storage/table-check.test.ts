import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import { describe, expect, it } from "vitest";
import { crc32c } from "./crc32c.ts";
import { checkTable } from "./table-check.ts";
import { temporaryFolder } from "./test/test-node.ts";

/** Tables as LevelDB writes them, of `keys` keys. */
async function tables(keys: number, compression: boolean): Promise<Buffer[]> {
  await using folder = await temporaryFolder();
  const level = new ClassicLevel<Buffer, Buffer>(folder.path, {
    keyEncoding: "buffer",
    valueEncoding: "buffer",
  });
  await level.open({ compression });
  const batch = level.batch();
  for (let each = 0; each < keys; each += 1) {
    batch.put(Buffer.from(`key-${each}`), Buffer.from(`${"value ".repeat(each % 9)}${each}`));
  }
  await batch.write();
  await level.compactRange(Buffer.of(0), Buffer.of(255));
  await level.close();
  const names = (await readdir(folder.path)).filter((name) => name.endsWith(".ldb"));
  return await Promise.all(names.map((name) => readFile(join(folder.path, name))));
}

function problemOf(table: Buffer): string | undefined {
  const check = checkTable(table);
  for (;;) {
    const step = check.next();
    if (step.done === true) return step.value;
  }
}

describe("the checksum of LevelDB's blocks", () => {
  it("has the values of its definition", () => {
    // RFC 3720, appendix B.4.
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
    expect(crc32c(Buffer.from(Array.from({ length: 32 }, (_, at) => at)))).toBe(0x46dd794e);
    expect(crc32c(Buffer.from("xx123456789xx"), 2, 11)).toBe(0xe3069283);
  });
});

describe.each([
  ["compressed", true],
  ["uncompressed", false],
])("a %s table of LevelDB", (_, compression) => {
  it("is whole as it was written, whatever its size", async () => {
    for (const keys of [1, 100, 20_000]) {
      const found = await tables(keys, compression);
      expect(found.length).toBeGreaterThan(0);
      expect(found.map(problemOf)).toEqual(found.map(() => undefined));
    }
  });

  it("is damaged with any byte changed or missing", async () => {
    for (const table of await tables(400, compression)) {
      for (let at = 0; at < table.length; at += 1) {
        const damaged = Buffer.from(table);
        damaged[at] = (damaged[at] as number) ^ (1 << (at % 8));
        expect(problemOf(damaged), `byte ${at} of ${table.length}`).toBeDefined();
      }
      for (let length = 0; length < table.length; length += 7) {
        expect(problemOf(table.subarray(0, length)), `${length} bytes`).toBeDefined();
      }
    }
  });
});
