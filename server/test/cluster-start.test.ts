/** A member that finds no etcd when it starts waits for it, can be watched, and serves then. */
import { afterAll, expect, it } from "vitest";
import { ETCD_SERVER, EtcdCluster, freePorts } from "./support/etcd-cluster.ts";
import { sleep } from "./support/key-asker.ts";
import { describeWith } from "./support/services.ts";
import { endCluster, memberEnv } from "./support/test-cluster.ts";
import { TestNode } from "./support/test-node.ts";

const LIVES_WITHIN_MS = 30_000;
afterAll(endCluster);

describeWith("a start without etcd", [ETCD_SERVER], () => {
  it("lives and is not ready until etcd is there", { timeout: 120_000 }, async () => {
    const etcd = await EtcdCluster.start({ members: 1 });
    const [port = 0] = await freePorts(1);
    const asked = async (path: string): Promise<number | undefined> => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
      return answer?.status;
    };
    for (const member of etcd.members) member.stop();
    let serves = false;
    const env = { ...memberEnv(etcd, 0), CLAIMD_ADMIN_PORT: String(port) };
    const started = TestNode.start({ env }).finally(() => {
      serves = true;
    });
    const untilMs = performance.now() + LIVES_WITHIN_MS;
    while ((await asked("/livez")) !== 200) {
      expect(performance.now()).toBeLessThan(untilMs);
      await sleep(50);
    }
    await sleep(1000);
    expect(await asked("/readyz")).toBe(503);
    expect(await asked("/metrics")).toBe(200);
    expect(serves).toBe(false);
    await etcd.heal();
    const node = await started;
    expect(await asked("/readyz")).toBe(200);
    expect((await node.stop()).code).toBe(0);
  });
});
