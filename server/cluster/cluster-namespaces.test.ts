import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { policyOf } from "../shard/policy-rules.ts";
import { classFor } from "../storage/generation.ts";
import type { StoredNamespace } from "../storage/policy-format.ts";
import { ClusterNamespaces } from "./cluster-namespaces.ts";
import type { Coordinator } from "./coordinator.ts";
import { bytes, textOf } from "./test/coordinator-steps.ts";
import { ClusterWorld, Crash, CrashPoint, crashing } from "./test/cluster-world.ts";

const HOUR_MS = 3_600_000;
let world: ClusterWorld;
let opened: ClusterNamespaces[];
let changes: string[];
let damages: string[];
let namespaces: ClusterNamespaces;

interface Node {
  readonly coordinator?: Coordinator;
  readonly isBrought?: boolean;
}

function open({ coordinator = world.open(), isBrought = false }: Node = {}): ClusterNamespaces {
  const { keys, time } = world;
  const made = new ClusterNamespaces({
    ...{ coordinator, keys, timers: time, isBrought, maxClockOffsetMs: 700 },
    nowMs: () => time.nowMs(),
    onChange: (name, namespace) => changes.push(`${name} ${namespace?.policy.revision ?? "gone"}`),
    onDamage: (key) => damages.push(key),
  });
  opened.push(made);
  return made;
}

beforeEach(async () => {
  world = new ClusterWorld();
  [opened, changes, damages] = [[], [], []];
  namespaces = open();
  await world.time.settle();
});

afterEach(() => {
  for (const each of opened) each[Symbol.dispose]();
});

const draft = (name: string, fields: object = {}) => policyOf({ name, ...fields });
const put = (name: string, fields: object = {}, on = namespaces) =>
  world.time.until(on.put(draft(name, fields)));

describe("ClusterNamespaces", () => {
  it("creates, changes, pauses and removes, and tells every node", async () => {
    const other = open();
    await world.time.settle();
    const made = await put("payments");
    expect(made).toEqual({
      id: 1,
      policy: { ...draft("payments"), revision: 1 },
      classes: { current: classFor(made.policy.maxWindowMs, made.policy.maxLeaseMs) },
    });
    expect(namespaces.get("payments")).toEqual(made);
    await put("payments", { revision: 1, leaseMs: 5000 });
    await world.time.until(namespaces.setPaused("payments", true));
    await world.time.settle();
    expect(other.get("payments")).toMatchObject({
      id: 1,
      policy: { revision: 3, leaseMs: 5000, paused: true },
    });
    expect(other.list()).toEqual(namespaces.list());
    await world.time.until(namespaces.remove("payments", 3));
    await world.time.settle();
    expect(other.get("payments")).toBeUndefined();
    expect(changes.filter((each) => each === "payments gone")).toHaveLength(2);
  });

  it("never gives an id twice, whoever creates", async () => {
    const nodes = [namespaces, open(), open()];
    await world.time.settle();
    const made = await Promise.all(
      ["a", "b", "c", "d", "e", "f"].map((name, at) => put(name, {}, nodes[at % 3])),
    );
    const ids = made.map(({ id }) => id);
    expect(ids.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6]);
    await world.time.until(namespaces.remove("c", 1));
    expect(await put("c", {}, nodes[1])).toMatchObject({ id: 7 });
  });

  it("refuses what a single node refuses, by the same codes", async () => {
    const code = (expected: string) => ({ code: expected });
    await put("a");
    await expect(put("a")).rejects.toMatchObject(code("NAMESPACE_EXISTS"));
    await expect(put("b", { revision: 1 })).rejects.toMatchObject(code("NAMESPACE_NOT_FOUND"));
    await expect(put("a", { revision: 2 })).rejects.toMatchObject(code("STALE_REVISION"));
    await expect(namespaces.remove("b", 1)).rejects.toMatchObject(code("NAMESPACE_NOT_FOUND"));
    await expect(namespaces.remove("a", 2)).rejects.toMatchObject(code("STALE_REVISION"));
    const paused = namespaces.setPaused("b", true);
    await expect(paused).rejects.toMatchObject(code("NAMESPACE_NOT_FOUND"));
    expect(textOf(await world.coordinator.read(world.keys.namespaceIds))).toContain('"nextId":2');
  });

  it("lets one of two changes of the same revision through", async () => {
    const other = open();
    await put("a");
    const outcomes = await Promise.allSettled([
      put("a", { revision: 1, leaseMs: 1000 }),
      put("a", { revision: 1, leaseMs: 2000 }, other),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const refused = outcomes.find((each) => each.status === "rejected");
    expect(refused?.reason).toMatchObject({ code: "STALE_REVISION" });
  });

  it("keeps the class of before for as long as another node's clock may need", async () => {
    const { classes } = await put("a", { windowMs: 24 * HOUR_MS });
    const nowMs = world.time.nowMs();
    const shorter = await put("a", { revision: 1, windowMs: HOUR_MS, maxLeaseMs: HOUR_MS });
    const untilMs = nowMs + 3 * 2 ** classes.current * 60_000 + 700;
    expect(shorter.classes.previous).toEqual({ class: classes.current, untilMs });
    const again = put("a", { revision: 2, windowMs: 1000, leaseMs: 1000, maxLeaseMs: 1000 });
    await expect(again).rejects.toMatchObject({ code: "UNSAFE_REQUEST" });
    expect(await put("a", { revision: 2, windowMs: HOUR_MS })).toMatchObject({
      classes: shorter.classes,
    });
  });

  it.each([["lost"], ["unanswered"], [{ delayedMs: 250 }]] as const)(
    "finds out what became of a transaction that was %j",
    async (fate) => {
      world.script.transactions.push(fate);
      const made = await put("a");
      await world.time.pass(1000);
      expect(namespaces.get("a")).toEqual(made);
      world.script.transactions.push(fate);
      expect((await put("a", { revision: 1, leaseMs: 1000 })).policy.revision).toBe(2);
      world.script.transactions.push(fate);
      await world.time.until(namespaces.setPaused("a", true));
      await world.time.pass(1000);
      expect(namespaces.get("a")?.policy).toMatchObject({ revision: 3, paused: true });
      world.script.transactions.push(fate);
      await world.time.until(namespaces.remove("a", 3));
      await world.time.pass(1000);
      expect(namespaces.get("a")).toBeUndefined();
      expect(await put("a")).not.toMatchObject({ id: made.id });
    },
  );

  it("says that it does not know, when etcd does not answer or is away", async () => {
    world.script.transactions.push(...new Array<"lost">(100).fill("lost"));
    const unknown = { code: "COORDINATOR_UNAVAILABLE" };
    await expect(put("a")).rejects.toMatchObject(unknown);
    world.script.transactions.length = 0;
    await put("a");
    world.script.isOut = true;
    await expect(put("b")).rejects.toMatchObject(unknown);
    expect(namespaces.get("a")).toBeDefined();
  });

  it("reads all when it is asked to, whatever its watch has missed", async () => {
    const other = open();
    await world.time.settle();
    world.script.changes.push("missed", "missed");
    await put("a");
    expect(other.get("a")).toBeUndefined();
    await other.refresh();
    expect(other.get("a")).toBeDefined();
  });

  it("goes on with what it knew of a namespace that can't be read any more", async () => {
    await put("a");
    await world.put(world.keys.namespace("a"), bytes("{"));
    await world.time.settle();
    expect(damages).toEqual([world.keys.namespace("a")]);
    expect(namespaces.get("a")).toBeDefined();
  });
});

describe("A single node's namespaces", () => {
  const stored = (id: number, name: string): StoredNamespace => ({
    ...{ id, policy: { ...draft(name), revision: 4 }, classes: { current: 11 } },
  });
  const BROUGHT = [stored(3, "a"), stored(8, "b")];

  it("are there with their ids and revisions, and the next one gets the next id", async () => {
    const node = open({ isBrought: true });
    await world.time.until(node.bring(BROUGHT, 9));
    expect(node.list()).toEqual(BROUGHT);
    expect(await put("c", {}, node)).toMatchObject({ id: 9 });
    await world.time.until(node.bring(BROUGHT, 9));
    expect(await put("d", {}, node)).toMatchObject({ id: 10 });
  });

  it("are waited for: nobody makes one before all are there", async () => {
    const other = open({ isBrought: true });
    await expect(put("b", {}, other)).rejects.toMatchObject({ code: "COORDINATOR_UNAVAILABLE" });
    await world.time.until(open({ isBrought: true }).bring(BROUGHT, 9));
    await expect(put("b", {}, other)).rejects.toMatchObject({ code: "NAMESPACE_EXISTS" });
  });

  it.each(["before", "after"] as const)(
    "may be brought by a node that dies %s any step",
    async (when) => {
      let died = 0;
      for (let at = 1; at < 12; at++) {
        world = new ClusterWorld();
        const point = new CrashPoint(at, when);
        const dying = open({ isBrought: true, coordinator: crashing(world.open(), point) });
        await world.time.until(dying.bring(BROUGHT, 9)).catch((error: unknown) => {
          if (!(error instanceof Crash)) throw error;
          died += 1;
        });
        const next = open({ isBrought: true });
        world.script.transactions.push("unanswered", "lost");
        await world.time.until(next.bring(BROUGHT, 9));
        expect(next.list()).toEqual(BROUGHT);
        expect(await put("c", {}, next)).toMatchObject({ id: 9 });
      }
      expect(died).toBeGreaterThan(6);
    },
  );
});
