/** The Coordinator on real etcd: what it promises, and what it makes of etcd's failures. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import type { Coordinator, Versioned } from "../cluster/coordinator.ts";
import { coordinatorContract } from "../cluster/test/coordinator-contract.ts";
import { agreementProblems, attempt, race, settle } from "../cluster/test/coordinator-race.ts";
import {
  bytes,
  newPrefix,
  put,
  textOf,
  until,
  watching,
} from "../cluster/test/coordinator-steps.ts";
import { EtcdClients } from "./support/etcd-clients.ts";
import { ETCD_SERVER, EtcdCluster, type EtcdMember, endEtcd } from "./support/etcd-cluster.ts";
import { sleep } from "./support/key-asker.ts";
import { seededRandom } from "./support/seed.ts";
import { describeWith } from "./support/services.ts";
import { TcpProxy } from "./support/tcp-proxy.ts";
import { removeTemporaryDirectories } from "./support/temporary-directory.ts";

const DEADLINE_MS = 2000;
/** This process and etcd's share two cores with other tests: a late timer is no broken bound. */
const SLACK_MS = 4000;
const UNAVAILABLE = { code: "COORDINATOR_UNAVAILABLE" };

const clients = new EtcdClients();
const open = clients.open.bind(clients);
afterAll(async () => {
  await endEtcd();
  removeTemporaryDirectories();
});

/** The rest of the cluster, in the order of its members. */
const without = ({ members }: EtcdCluster, one: EtcdMember): EtcdMember[] =>
  members.filter((member) => member !== one);

describeWith("etcd with three members", [ETCD_SERVER], () => {
  let cluster: EtcdCluster;
  let prefix: string;

  beforeAll(async () => {
    cluster = await EtcdCluster.start();
  });
  afterAll(async () => {
    await cluster.end();
  });
  beforeEach(() => {
    prefix = newPrefix();
  });
  // A test that failed half-way leaves nothing stopped to the next.
  afterEach(async () => {
    await cluster.heal();
  });

  coordinatorContract("on etcd", () => ({
    open: () => open(cluster.endpoints),
    // Etcd's shortest, by its election timeout of 1 s.
    leaseMs: 2000,
    // Looked for twice a second, and revoked by a transaction.
    leaseSlackMs: 2000,
    pass: sleep,
  }));

  it("is told the truth or nothing while the leader is stopped, within the deadline", async () => {
    const leader = await cluster.leader();
    const others = without(cluster, leader).map(({ endpoint }) => endpoint);
    const first = open([leader.endpoint, ...others], { deadlineMs: DEADLINE_MS });
    expect(await first.read(prefix)).toBeUndefined();
    const racers = Array.from({ length: 6 }, (_, n) =>
      open(n % 2 === 0 ? [leader.endpoint, ...others] : others, { deadlineMs: DEADLINE_MS }),
    );
    let longestMs = 0;
    const timed = racers.map((racer) => {
      const transact = racer.transact.bind(racer);
      racer.transact = async (writes) => {
        const startMs = performance.now();
        const outcome = await transact(writes);
        longestMs = Math.max(longestMs, performance.now() - startMs);
        return outcome;
      };
      return racer;
    });
    let isOver = false;
    const racing = race(timed, prefix, () => !isOver);
    await sleep(100);
    leader.stop();
    const asked = await attempt(first, prefix, 1);
    expect(asked.outcome).toBe("unknown");
    // Others lead by now.
    await until("a transaction is applied again", async () => {
      const read = await first.read(`${prefix}contested`).catch(() => undefined);
      const { outcome } = await attempt(first, prefix, read?.revision ?? 0);
      return outcome === "applied";
    });
    leader.resume();
    await sleep(500);
    isOver = true;
    const made = [asked, ...(await racing)];
    await settle(first, prefix, made);
    const listed = await first.list(prefix);
    expect(agreementProblems(made, listed)).toEqual([]);
    expect(longestMs).toBeLessThan(DEADLINE_MS + SLACK_MS);
    expect(clients.errors).toEqual([]);
  });

  it("knows nothing without a majority, and goes on by itself with one", async () => {
    const [alone, ...others] = cluster.members;
    const c = open(cluster.endpoints, { deadlineMs: DEADLINE_MS });
    const revision = await put(c, `${prefix}a`, "1");
    for (const member of others) member.stop();
    const startMs = performance.now();
    const outcome = await c.transact([{ key: `${prefix}a`, revision, value: bytes("2") }]);
    expect(outcome).toBe("unknown");
    await expect(c.read(`${prefix}a`)).rejects.toMatchObject(UNAVAILABLE);
    await expect(c.register(`${prefix}n`, bytes(""), 5000)).rejects.toMatchObject(UNAVAILABLE);
    expect(performance.now() - startMs).toBeLessThan(3 * DEADLINE_MS + SLACK_MS);
    for (const member of others) member.resume();
    await until("it can be read again", async () => {
      const read = await c.read(`${prefix}a`).catch(() => undefined);
      return ["1", "2"].includes(textOf(read) ?? "");
    });
    expect(alone).toBeDefined();
  });

  it("goes on watching when the member it is connected to dies", async () => {
    const [dying, ...others] = cluster.members;
    const writer = open(others.map(({ endpoint }) => endpoint));
    const told = await watching(open(cluster.endpoints), prefix);
    await dying?.kill();
    const written = ["1", "2", "3"];
    for (const text of written) await untilPut(writer, `${prefix}a`, text);
    await until("all is told", () => told.length >= written.length);
    expect(told.map(textOf)).toEqual(written);
  });

  it("goes on watching when its connection is dead and does not show it", async () => {
    const [behind = "", ...others] = cluster.endpoints;
    const proxy = await TcpProxy.to(behind, seededRandom(1));
    const told = await watching(open([proxy.address, ...others]), prefix);
    proxy.halfOpen = true;
    await put(open(others), `${prefix}a`, "1");
    await until("it is told", () => told.length > 0, 10_000);
    expect(told.map(textOf)).toEqual(["1"]);
    await proxy.close();
  });

  it("tells all that is there when what it missed is compacted", async () => {
    const proxy = await TcpProxy.to(cluster.endpoints[0] ?? "", seededRandom(1));
    const writer = open(cluster.endpoints);
    const told = await watching(open([proxy.address]), prefix);
    await put(writer, `${prefix}old`, "before");
    await until("the first is told", () => told.length === 1);
    proxy.halfOpen = true;
    const gone = await put(writer, `${prefix}gone`, "1");
    await writer.transact([{ key: `${prefix}gone`, revision: gone, value: "delete" }]);
    await put(writer, `${prefix}b`, "1");
    await put(writer, `${prefix}a`, "2");
    const last = await put(writer, `${prefix}b`, "3");
    await cluster.compact(last);
    proxy.cutAll();
    proxy.halfOpen = false;
    await until("all is told", () => told.some(({ revision }) => revision === last));
    expect(told.filter(isOf(["old", "a", "b"])).map(textOf)).toEqual([
      "before",
      "before",
      "2",
      "3",
    ]);
    await put(writer, `${prefix}a`, "4");
    await until("what comes next is told", () => textOf(told.at(-1)) === "4");
    await proxy.close();
  });

  it("lists more than one answer may have", async () => {
    const c = open(cluster.endpoints);
    const value = Buffer.alloc(1_000_000, "x");
    const keys = Array.from({ length: 6 }, (_, n) => `${prefix}${n}`);
    for (const key of keys) {
      expect(await c.transact([{ key, revision: 0, value }])).toBe("applied");
    }
    const listed = await c.list(prefix);
    expect(listed.map(({ key }) => key)).toEqual(keys);
    expect(listed.every((entry) => entry.value?.length === value.length)).toBe(true);
    expect(clients.errors).toEqual([]);
  });

  it("says what etcd refuses, once, and doesn't call it failed", async () => {
    const c = open(cluster.endpoints);
    const write = { key: `${prefix}a`, revision: 0, value: Buffer.alloc(1_800_000) };
    expect(await c.transact([write])).toBe("unknown");
    expect(await c.transact([write])).toBe("unknown");
    expect(await c.read(`${prefix}a`)).toBeUndefined();
    expect(clients.errors).toHaveLength(1);
    expect(clients.errors[0]).toContain("request is too large");
  });

  const isOf =
    (names: readonly string[]) =>
    ({ key }: Versioned): boolean =>
      names.some((name) => key === `${prefix}${name}`);
});

/** While the cluster elects a leader, again and again. */
async function untilPut(c: Coordinator, key: string, text: string): Promise<void> {
  await until(`${text} is written`, async () => {
    const found = await c.read(key).catch(() => "unavailable" as const);
    if (found === "unavailable") return false;
    if (textOf(found) === text) return true;
    await c.transact([{ key, revision: found?.revision ?? 0, value: bytes(text) }]);
    return false;
  });
}
