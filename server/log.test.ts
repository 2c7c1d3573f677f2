import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { createLog, keyForLog } from "./log.ts";

describe("createLog", () => {
  it("writes a JSON line with the level's name", () => {
    const lines: string[] = [];
    const to = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        lines.push(chunk.toString());
        done();
      },
    });
    const log = createLog({ level: "warn", to });
    log.info("not this");
    log.warn({ err: new Error("why") }, "this");
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      level: "warn",
      msg: "this",
      err: { message: "why" },
    });
  });
});

describe("keyForLog", () => {
  it("shows a short hash, the same for the same key", () => {
    const name = keyForLog(Buffer.from("alice@example.org"), false);
    expect(name).toMatch(/^[0-9a-f]{12}$/);
    expect(keyForLog(new Uint8Array(Buffer.from("alice@example.org")), false)).toBe(name);
    expect(keyForLog(Buffer.from("bob@example.org"), false)).not.toBe(name);
  });

  it("shows the key where that is asked for, in hex when it is no text", () => {
    expect(keyForLog(Buffer.from("é-1"), true)).toBe("é-1");
    expect(keyForLog(Buffer.from([0xff, 0x00]), true)).toBe("ff00");
  });
});
