import { describe, expect, it } from "vitest";
import { WritePace } from "./write-pace.ts";

/** Writes whose time is made up; `ways` says how each was made. */
class Writes {
  nowMs = 1000;
  readonly ways: string[] = [];
  readonly #pace = new WritePace(() => this.nowMs);

  async write(tookMs: number, bytes = 4096): Promise<void> {
    await this.#pace.write(
      bytes,
      () => {
        this.ways.push("loop");
        this.nowMs += tookMs;
      },
      async () => {
        this.ways.push("pool");
        this.nowMs += tookMs;
        return Promise.resolve();
      },
    );
  }

  /** How often the loop was held up while every write takes so long, one a millisecond. */
  async onLoop(tookMs: number, forMs: number): Promise<number> {
    const untilMs = this.nowMs + forMs;
    const before = this.ways.length;
    while (this.nowMs < untilMs) {
      await this.write(tookMs);
      this.nowMs += 1;
    }
    return this.ways.slice(before).filter((way) => way === "loop").length;
  }
}

describe("the pace of writes", () => {
  it("stays on the loop while writes are quick", async () => {
    const writes = new Writes();
    expect(await writes.onLoop(0.2, 5000)).toBe(writes.ways.length);
  });

  it("stays on the loop after one write that took long", async () => {
    const writes = new Writes();
    await writes.onLoop(0.2, 1000);
    await writes.write(10);
    await writes.write(0.2);
    expect(new Set(writes.ways)).toEqual(new Set(["loop"]));
  });

  it("leaves the loop within some writes of a disk that has become slow", async () => {
    const writes = new Writes();
    await writes.onLoop(0.2, 1000);
    expect(await writes.onLoop(2, 900)).toBeLessThanOrEqual(16);
  });

  it("goes through the pool for a second when writes take long", async () => {
    const writes = new Writes();
    await writes.write(3);
    await writes.write(0.1);
    writes.nowMs += 1000;
    await writes.write(0.1);
    expect(writes.ways).toEqual(["loop", "pool", "loop"]);
  });

  it("never makes a large write on the loop", async () => {
    const writes = new Writes();
    await writes.write(0.1, 256 * 1024 + 1);
    await writes.write(0.1, 256 * 1024);
    expect(writes.ways).toEqual(["pool", "loop"]);
  });

  it("stops the loop once a minute where every write takes long", async () => {
    const writes = new Writes();
    await writes.onLoop(20, 120_000);
    expect(await writes.onLoop(20, 600_000)).toBeLessThanOrEqual(11);
  });

  it("forgets an old slowness with the first quick write on the loop", async () => {
    const writes = new Writes();
    await writes.onLoop(20, 120_000);
    writes.nowMs += 60_000;
    await writes.write(0.1);
    await writes.write(3);
    writes.nowMs += 1001;
    await writes.write(0.1);
    expect(writes.ways.slice(-3)).toEqual(["loop", "loop", "loop"]);
  });

  it("rejects with what a write on the loop throws", async () => {
    const pace = new WritePace(() => 0);
    const broken = new Error("no space");
    const written = pace.write(
      4096,
      () => {
        throw broken;
      },
      () => Promise.resolve(),
    );
    await expect(written).rejects.toBe(broken);
  });
});
