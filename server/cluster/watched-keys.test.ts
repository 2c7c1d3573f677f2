import { beforeEach, describe, expect, it } from "vitest";
import type { Coordinator, Versioned } from "./coordinator.ts";
import { pause } from "./patience.ts";
import { bytes, textOf } from "./test/coordinator-steps.ts";
import { ClusterWorld, CrashPoint, crashing } from "./test/cluster-world.ts";
import { REFRESH_MS, WatchedKeys } from "./watched-keys.ts";

let world: ClusterWorld;
let told: Versioned[];

beforeEach(() => {
  world = new ClusterWorld();
  told = [];
});

function watch(coordinator: Coordinator = world.coordinator): WatchedKeys {
  const { time: timers } = world;
  return new WatchedKeys({
    ...{ coordinator, timers, prefix: "/a/" },
    onChange: (entry) => told.push(entry),
  });
}

const put = async (key: string, text: string | undefined) => {
  await world.put(key, text === undefined ? "delete" : bytes(text));
};
const texts = (): readonly string[] => told.map((entry) => `${entry.key}=${textOf(entry) ?? ""}`);

describe("WatchedKeys", () => {
  it("has all that is below its prefix, and hears of changes", async () => {
    await put("/a/1", "old");
    await put("/b/1", "foreign");
    using watched = watch();
    expect(watched.loaded).toBe(false);
    await world.time.settle();
    expect(watched.loaded).toBe(true);
    await put("/a/2", "new");
    await put("/a/1", undefined);
    await world.time.settle();
    expect(texts()).toEqual(["/a/1=old", "/a/2=new", "/a/1="]);
    expect(watched.get("/a/1")).toBeUndefined();
    expect(textOf(watched.get("/a/2"))).toBe("new");
  });

  it("finds out what its watch missed, after a while", async () => {
    await put("/a/1", "1");
    await put("/a/2", "2");
    using watched = watch();
    await world.time.settle();
    world.script.changes.push("missed", "missed", "missed");
    await put("/a/1", undefined);
    await put("/a/2", "two");
    await put("/a/3", "three");
    await world.time.pass(REFRESH_MS - 1);
    expect(watched.get("/a/3")).toBeUndefined();
    await world.time.pass(1);
    expect(texts().slice(2)).toEqual(["/a/2=two", "/a/3=three", "/a/1="]);
    expect(watched.get("/a/1")).toBeUndefined();
  });

  it("is loaded once the coordinator is there, and keeps all while it is away", async () => {
    await put("/a/1", "1");
    world.script.isOut = true;
    using watched = watch();
    await world.time.pass(5000);
    expect(watched.loaded).toBe(false);
    world.script.isOut = false;
    await world.time.pass(1000);
    expect(watched.loaded).toBe(true);
    world.script.isOut = true;
    await world.time.pass(10 * REFRESH_MS);
    expect(textOf(watched.get("/a/1"))).toBe("1");
    await expect(watched.refresh()).rejects.toMatchObject({ code: "COORDINATOR_UNAVAILABLE" });
  });

  it("takes nothing older than it has, from a list, a late change or a read", async () => {
    await put("/a/1", "1");
    await put("/a/1", "2");
    using watched = watch();
    await world.time.settle();
    world.script.lags.push(1);
    await watched.refresh();
    watched.tell({ key: "/a/1", value: bytes("1"), revision: 2 });
    expect(textOf(watched.get("/a/1"))).toBe("2");
    await put("/a/1", undefined);
    await world.time.settle();
    world.script.lags.push(1);
    await watched.refresh();
    expect(watched.get("/a/1")).toBeUndefined();
    expect(texts()).toEqual(["/a/1=2", "/a/1="]);
  });

  it("keeps a change that was told while a list was under way", async () => {
    await put("/a/1", "1");
    const slow: Coordinator = {
      ...crashing(world.coordinator, new CrashPoint(Infinity, "after")),
      list: async (prefix) => {
        const listed = await world.coordinator.list(prefix);
        await pause(world.time, 100);
        return listed;
      },
    };
    using watched = watch(slow);
    await world.time.settle();
    await put("/a/2", "2");
    await put("/a/1", undefined);
    await world.time.pass(100);
    expect(watched.loaded).toBe(true);
    expect(textOf(watched.get("/a/2"))).toBe("2");
    expect(watched.get("/a/1")).toBeUndefined();
  });

  it("takes back what an old list did not have yet", async () => {
    await put("/b/1", "before");
    await put("/a/1", "1");
    using watched = watch();
    await world.time.settle();
    world.script.lags.push(1);
    await watched.refresh();
    expect(watched.get("/a/1")).toBeUndefined();
    await watched.refresh();
    expect(textOf(watched.get("/a/1"))).toBe("1");
    expect(texts()).toEqual(["/a/1=1", "/a/1=", "/a/1=1"]);
  });

  it("says nothing more once it is disposed of", async () => {
    await put("/a/0", "0");
    const watched = watch();
    await world.time.settle();
    told = [];
    world.script.changes.push("missed");
    await put("/a/0", undefined);
    const listing = watched.refresh();
    watched[Symbol.dispose]();
    await put("/a/1", "1");
    await listing;
    await world.time.pass(10 * REFRESH_MS);
    watched.tell({ key: "/a/2", value: bytes("2"), revision: 99 });
    expect(told).toEqual([]);
  });
});
