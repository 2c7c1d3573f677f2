import { beforeEach, describe, expect, it } from "vitest";
import { agreeOnMeta, type ClusterSettings, encodeMeta } from "./cluster-meta.ts";
import { bytes, textOf } from "./test/coordinator-steps.ts";
import { ClusterWorld } from "./test/cluster-world.ts";

const SETTINGS: ClusterSettings = { replicas: 3, minInSync: 2, maxClockOffsetMs: 1000 };
let world: ClusterWorld;

beforeEach(() => {
  world = new ClusterWorld();
});

function agree(settings: Partial<ClusterSettings> = {}, bringing?: string) {
  const { coordinator, keys } = world;
  return world.time.until(
    agreeOnMeta({
      ...{ ...world.patience(), coordinator, keys, bringing },
      settings: { ...SETTINGS, ...settings },
    }),
  );
}

const stored = async () => textOf(await world.coordinator.read(world.keys.meta));

describe("agreeOnMeta", () => {
  it("creates what the cluster is, once, for people to read", async () => {
    expect(await agree()).toEqual({ ...SETTINGS, founder: undefined });
    const golden =
      '{"format":1,"partitions":256,"hash":"murmur3-x86-32","replicas":3,"minInSync":2,' +
      '"maxClockOffsetMs":1000,"founder":null}';
    expect(await stored()).toBe(golden);
    const before = await world.coordinator.read(world.keys.meta);
    expect(await agree()).toEqual({ ...SETTINGS, founder: undefined });
    expect(await world.coordinator.read(world.keys.meta)).toEqual(before);
  });

  it.each([
    [{ replicas: 5 }, "replicas is 3, this node has 5"],
    [{ minInSync: 3 }, "minInSync is 2, this node has 3"],
    [{ maxClockOffsetMs: 0 }, "maxClockOffsetMs is 1000, this node has 0"],
  ])("refuses a node with %j", async (settings, text) => {
    await agree();
    await expect(agree(settings)).rejects.toMatchObject({
      code: "WRONG_CLUSTER",
      message: expect.stringContaining(`/claimd/test/meta: ${text}`) as string,
    });
  });

  it.each([
    ['"format":1', '"format":2', "format is 2, this node has 1"],
    ['"partitions":256', '"partitions":128', "partitions is 128, this node has 256"],
    ["murmur3-x86-32", "xxh3", 'hash is "xxh3", this node has "murmur3-x86-32"'],
    ['"replicas":3', '"replicas":"3"', 'replicas is "3", this node has 3'],
    ['"minInSync":2,', "", "minInSync is missing, this node has 2"],
    ['"founder":null', '"founder":7', "founder is 7"],
    ["{", "[", "is not JSON"],
  ])("refuses what another version made: %s as %s", async (from, to, text) => {
    const made = Buffer.from(encodeMeta(SETTINGS)).toString();
    expect(made).toContain(from);
    await world.put(world.keys.meta, bytes(made.replace(from, to)));
    await expect(agree()).rejects.toMatchObject({
      code: "WRONG_CLUSTER",
      message: expect.stringContaining(text) as string,
    });
  });

  it.each([
    [{ replicas: 0 }, "replicas: 0"],
    [{ replicas: 8 }, "replicas: 8"],
    [{ replicas: 2.5 }, "replicas: 2.5"],
    [{ minInSync: 4 }, "minInSync: 4, must be a whole number from 1 to 3"],
    [{ minInSync: 0 }, "minInSync: 0"],
    [{ maxClockOffsetMs: -1 }, "maxClockOffsetMs: -1"],
  ])("makes no cluster of %j", async (settings, text) => {
    await expect(agree(settings)).rejects.toMatchObject({
      code: "INVALID_CONFIGURATION",
      message: expect.stringContaining(text) as string,
    });
    expect(await stored()).toBeUndefined();
  });

  it("makes one cluster of nodes that come at the same time", async () => {
    const outcomes = await Promise.allSettled([agree({ minInSync: 1 }), agree()]);
    const { minInSync } = JSON.parse((await stored()) ?? "") as ClusterSettings;
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(outcomes.find((each) => each.status === "fulfilled")?.value).toMatchObject({
      minInSync,
    });
  });

  it.each([["lost"], ["unanswered"], [{ delayedMs: 5000 }]] as const)(
    "finds out what became of a transaction that was %j",
    async (fate) => {
      world.script.transactions.push(fate);
      expect(await agree()).toEqual({ ...SETTINGS, founder: undefined });
      await world.time.pass(10_000);
      expect(await agree()).toEqual({ ...SETTINGS, founder: undefined });
    },
  );

  it("waits for an etcd that is away, and believes no old read that there is nothing", async () => {
    world.script.isOut = true;
    const agreed = agree();
    await world.time.pass(30_000);
    world.script.isOut = false;
    await agreed;
    world.script.lags.push(9, 9);
    expect(await agree()).toEqual({ ...SETTINGS, founder: undefined });
  });
});

describe("A single node's data that becomes a cluster", () => {
  it("is what the cluster begins with, for everybody", async () => {
    expect(await agree({}, "5f")).toEqual({ ...SETTINGS, founder: "5f" });
    expect(await agree()).toEqual({ ...SETTINGS, founder: "5f" });
    expect(await agree({}, "5f")).toEqual({ ...SETTINGS, founder: "5f" });
  });

  it("is refused where the cluster was made without it", async () => {
    await agree();
    await expect(agree({}, "5f")).rejects.toMatchObject({
      code: "WRONG_CLUSTER",
      message: expect.stringMatching(
        /founder is null, this node brings the data of "5f"/,
      ) as string,
    });
  });

  it("is refused where another's was first", async () => {
    await agree({}, "aa");
    await expect(agree({}, "5f")).rejects.toMatchObject({ code: "WRONG_CLUSTER" });
  });
});
