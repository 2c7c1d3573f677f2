/**
 * A single node's data become a cluster: nothing is granted again, nothing is lost, and the other
 * nodes have all of it, too.
 */
import { afterAll, expect, it } from "vitest";
import { ETCD_SERVER, EtcdCluster } from "./support/etcd-cluster.ts";
import { newClaimId, newKey, sleep } from "./support/key-asker.ts";
import { putLoadNamespaces } from "./support/load-run.ts";
import { describeWith } from "./support/services.ts";
import { endCluster, memberEnv, TestCluster } from "./support/test-cluster.ts";
import { TestNode } from "./support/test-node.ts";
import { session } from "./support/transports.ts";

const KEYS = 128;
const GRANTS_WITHIN_MS = 60_000;
const keys = Array.from({ length: KEYS }, () => newKey("single"));
afterAll(endCluster);

describeWith("a cluster that begins with a single node's data", [ETCD_SERVER], () => {
  it("grants nothing again, and has all of it on three nodes", { timeout: 300_000 }, async () => {
    const first = await TestNode.start();
    await putLoadNamespaces(first);
    const single = session(first.claims);
    for (const key of keys) {
      const once = { verb: "CLAIM", namespace: "long", key, claimId: newClaimId() } as const;
      const answer = await single.ask({ ...once, complete: true });
      expect(answer).toMatchObject({ status: "GRANTED" });
    }
    single.close();
    const etcd = await EtcdCluster.start({ members: 1 });
    const env = memberEnv(etcd, 0);
    await first.server.kill("SIGKILL");
    await expect(first.restart({ env })).rejects.toThrow(/mode is "single"/);
    await first.restart({ env: { ...env, CLAIMD_BRING_DATA: "true" } });
    const others = [1, 2].map((at) => TestNode.start({ env: memberEnv(etcd, at) }));
    const cluster = TestCluster.of(etcd, [first, ...(await Promise.all(others))]);
    await cluster.served();
    const transport = cluster.transport();
    const claim = async (key: Buffer): Promise<string> => {
      const untilMs = performance.now() + GRANTS_WITHIN_MS;
      for (;;) {
        const on = { namespace: "long", key, claimId: newClaimId() };
        const answer = await transport.ask({ verb: "CLAIM", ...on });
        if (answer.kind === "claim") return answer.status;
        expect(performance.now()).toBeLessThan(untilMs);
        await sleep(100);
      }
    };
    for (const key of keys) expect(await claim(key)).toBe("COMPLETED");
    // As soon as others have caught up.
    for (let n = 0; n < 32; n++) expect(await claim(newKey("new"))).toBe("GRANTED");
    while ((await first.stats()).cluster?.underReplicated !== 0) await sleep(200);
    // The first is gone for good: the others have everything, and the setting is not needed again.
    await first.server.kill("SIGKILL");
    for (const key of keys) expect(await claim(key)).toBe("COMPLETED");
    for (let n = 0; n < 32; n++) expect(await claim(newKey("new"))).toBe("GRANTED");
  });
});
