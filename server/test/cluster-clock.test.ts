/**
 * A node whose clock is five minutes ahead: the others take nothing that it has stamped, so it
 * ceases to lead; nothing is forgotten early, and nobody else's clock is dragged along.
 */
import { afterAll, expect, it } from "vitest";
import { ETCD_SERVER } from "./support/etcd-cluster.ts";
import { FakeClock } from "./support/faults.ts";
import { newClaimId, newKey, sleep } from "./support/key-asker.ts";
import { describeWith, NEEDS } from "./support/services.ts";
import { endCluster, TestCluster } from "./support/test-cluster.ts";

const WINDOW_MS = 30_000;
const KEYS = 128;
/** The lease of the tests' clusters, a second to notice, promotions; and a busy machine. */
const LED_BY_OTHERS_WITHIN_MS = 90_000;
afterAll(endCluster);

describeWith("a node whose clock is ahead", [ETCD_SERVER, NEEDS.faketime], () => {
  it("leads no more, and takes nobody along", { timeout: 300_000 }, async () => {
    const clock = new FakeClock();
    clock.set("+5m");
    const cluster = await TestCluster.start({
      envOf: (node): Record<string, string> => (node === "node-1" ? { ...clock.env } : {}),
    });
    const [ahead, second, third] = cluster.nodes;
    await second?.put({ name: "brief", windowMs: WINDOW_MS, maxWindowMs: WINDOW_MS });
    const transport = cluster.transport();
    const claim = async (key: Buffer): Promise<string> => {
      const untilMs = performance.now() + LED_BY_OTHERS_WITHIN_MS;
      for (;;) {
        const on = { namespace: "brief", key, claimId: newClaimId(), complete: true };
        const answer = await transport.ask({ verb: "CLAIM", ...on });
        if (answer.kind === "claim") return answer.status;
        expect(performance.now(), JSON.stringify(answer)).toBeLessThan(untilMs);
        await sleep(100);
      }
    };
    const keys = Array.from({ length: KEYS }, () => newKey("ahead"));
    const grantedAtMs: number[] = [];
    for (const key of keys) {
      expect(["GRANTED", "COMPLETED"]).toContain(await claim(key));
      grantedAtMs.push(performance.now());
    }
    expect((await ahead?.stats())?.cluster).toMatchObject({ serving: 0 });
    expect(ahead?.server.stderr).toMatch(/refuse this node's clock/);
    for (const node of [second, third]) {
      const { clock: told } = (await node?.stats()) ?? {};
      expect(Math.abs(told?.offsetMs ?? Infinity)).toBeLessThan(2000);
    }
    for (const [at, key] of keys.entries()) {
      const status = await claim(key);
      // Asked within its window, it is not forgotten.
      const isWithin = performance.now() - (grantedAtMs[at] ?? 0) < WINDOW_MS;
      if (isWithin) expect(status).toBe("COMPLETED");
    }
    transport.close();
  });
});
