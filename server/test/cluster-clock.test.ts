/**
 * Clocks of a cluster that are five minutes ahead.
 *
 * One of three: the others take nothing that it has stamped, so it ceases to lead; nothing is
 * forgotten early, and nobody else's clock is dragged along. Two of three: nobody can tell who is
 * right; keys and leases may end early by those five minutes, and by no more.
 */
import { afterEach, expect, it } from "vitest";
import type { Transport } from "./support/command.ts";
import { ETCD_SERVER } from "./support/etcd-cluster.ts";
import { FakeClock } from "./support/faults.ts";
import { newClaimId, newKey, sleep } from "./support/key-asker.ts";
import { describeWith, NEEDS } from "./support/services.ts";
import { endCluster, TestCluster } from "./support/test-cluster.ts";
import type { TestNode } from "./support/test-node.ts";

const MINUTE_MS = 60_000;
const AHEAD_MS = 5 * MINUTE_MS;
const WINDOW_MS = 30_000;
const KEYS = 128;
/** The lease of the tests' clusters, a second to notice, promotions; and a busy machine. */
const LED_BY_OTHERS_WITHIN_MS = 90_000;
/** A node's lease, promotions, the planner; and a busy machine. */
const LED_BY_THEM_WITHIN_MS = 120_000;
afterEach(endCluster);

/** The status that somebody new is answered. */
async function claim(
  transport: Transport,
  namespace: string,
  key: Buffer,
  complete: boolean,
): Promise<string> {
  const untilMs = performance.now() + LED_BY_OTHERS_WITHIN_MS;
  const on = { namespace, key, claimId: newClaimId(), complete };
  for (;;) {
    const answer = await transport.ask({ verb: "CLAIM", ...on });
    if (answer.kind === "claim") return answer.status;
    expect(performance.now(), JSON.stringify(answer)).toBeLessThan(untilMs);
    await sleep(100);
  }
}

const offsetMs = async (node: TestNode): Promise<number> =>
  (await node.stats()).clock?.offsetMs ?? Number.NaN;

describeWith("clocks that are ahead", [ETCD_SERVER, NEEDS.faketime], () => {
  it("a node with one leads no more, and takes nobody along", { timeout: 300_000 }, async () => {
    const clock = new FakeClock();
    clock.set("+5m");
    const cluster = await TestCluster.start({
      envOf: (node): Record<string, string> => (node === "node-1" ? { ...clock.env } : {}),
    });
    const [ahead, second, third] = cluster.nodes as [TestNode, TestNode, TestNode];
    await second.put({ name: "brief", windowMs: WINDOW_MS, maxWindowMs: WINDOW_MS });
    const transport = cluster.transport();
    const keys = Array.from({ length: KEYS }, () => newKey("ahead"));
    const grantedAtMs: number[] = [];
    for (const key of keys) {
      expect(await claim(transport, "brief", key, true)).toBe("GRANTED");
      grantedAtMs.push(performance.now());
    }
    expect((await ahead.stats()).cluster).toMatchObject({ serving: 0 });
    expect(ahead.server.stderr).toMatch(/refuse this node's clock/);
    for (const node of [second, third]) {
      expect(Math.abs(await offsetMs(node))).toBeLessThan(2000);
    }
    for (const [at, key] of keys.entries()) {
      const status = await claim(transport, "brief", key, true);
      // Asked within its window, it is not forgotten.
      const isWithin = performance.now() - (grantedAtMs[at] ?? 0) < WINDOW_MS;
      if (isWithin) expect(status).toBe("COMPLETED");
    }
    transport.close();
  });

  it("two of three end nothing earlier than by that", { timeout: 240_000 }, async () => {
    const clock = new FakeClock();
    const cluster = await TestCluster.start({
      envOf: (node): Record<string, string> => (node === "node-1" ? {} : { ...clock.env }),
    });
    const [right, ...others] = cluster.nodes as [TestNode, TestNode, TestNode];
    const windowMs = AHEAD_MS + 4 * MINUTE_MS;
    await right.put({ name: "kept", windowMs, maxWindowMs: windowMs, leaseMs: windowMs });
    const transport = cluster.transport();
    await right.put({ name: "forgotten", windowMs: AHEAD_MS - MINUTE_MS });
    // Together: who refuses the leader's clock holds up the first write of each partition.
    const claims = async (namespace: string, name: string, complete: boolean) => {
      const keys = Array.from({ length: KEYS }, (_, n) => Buffer.from(`${name}-${n}`));
      const asked = keys.map((key) => claim(transport, namespace, key, complete));
      return [...new Set(await Promise.all(asked))];
    };
    expect(await claims("kept", "completed", true)).toEqual(["GRANTED"]);
    expect(await claims("kept", "running", false)).toEqual(["GRANTED"]);
    expect(await claims("forgotten", "completed", true)).toEqual(["GRANTED"]);
    const grantedAtMs = performance.now();
    clock.set("+5m");
    // A node that runs goes on as before: a clock that was set counts from the next start.
    await Promise.all(others.map((node) => cluster.restart(node)));
    const untilMs = performance.now() + LED_BY_THEM_WITHIN_MS;
    while (((await others[0].stats()).cluster?.serving ?? 0) === 0) {
      expect(performance.now()).toBeLessThan(untilMs);
      await sleep(500);
    }
    expect(await claims("kept", "completed", true)).toEqual(["COMPLETED"]);
    expect(await claims("kept", "running", false)).toEqual(["IN_PROGRESS"]);
    expect(await claims("kept", "new", true)).toEqual(["GRANTED"]);
    // They lead, and they are ahead.
    expect(await claims("forgotten", "completed", true)).toContain("GRANTED");
    expect(performance.now() - grantedAtMs).toBeLessThan(windowMs - AHEAD_MS);
    expect(Math.abs(await offsetMs(right))).toBeLessThan(2000);
    transport.close();
  });
});
