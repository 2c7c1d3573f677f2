/**
 * Nodes of a cluster that show each other and etcd certificates: it grants, and who has none of the
 * right name is refused at the start, by setting and file.
 */
import { afterAll, expect, it } from "vitest";
import { ETCD_SERVER } from "./support/etcd-cluster.ts";
import { newClaimId, newKey, sleep } from "./support/key-asker.ts";
import { putLoadNamespaces } from "./support/load-run.ts";
import { runToExit } from "./support/server-process.ts";
import { describeWith, NEEDS } from "./support/services.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";
import { endCluster, TestCluster } from "./support/test-cluster.ts";
import { TestAuthority } from "./support/test-authority.ts";
import type { TestNode } from "./support/test-node.ts";

const KEYS = 64;
const ANSWERED_WITHIN_MS = 30_000;
afterAll(endCluster);

describeWith("a cluster with certificates", [ETCD_SERVER, NEEDS.openssl], () => {
  const authority = new TestAuthority();
  const ofEtcd = authority.issue("etcd");
  const ofNode = (node: string) => {
    const { certFile, keyFile } = authority.issue(node, `URI:claimd://test/${node}`);
    return {
      CLAIMD_PEER_CERT: certFile,
      CLAIMD_PEER_KEY: keyFile,
      CLAIMD_PEER_CA: authority.caFile,
      CLAIMD_ETCD_CERT: certFile,
      CLAIMD_ETCD_KEY: keyFile,
    };
  };

  it("grants what all replicas have, and follows a lost node", async () => {
    const cluster = await TestCluster.start({
      env: { CLAIMD_ETCD_CA: authority.caFile },
      envOf: ofNode,
      etcd: {
        tls: true,
        flags: {
          "cert-file": ofEtcd.certFile,
          "key-file": ofEtcd.keyFile,
          "trusted-ca-file": authority.caFile,
          "client-cert-auth": "true",
        },
      },
    });
    const [first] = cluster.nodes as [TestNode];
    await putLoadNamespaces(first);
    const transport = cluster.transport();
    const keys = Array.from({ length: KEYS }, () => newKey("tls"));
    const statusOf = async (key: Buffer): Promise<string> => {
      const on = { namespace: "long", key, claimId: newClaimId(), complete: true };
      const untilMs = performance.now() + ANSWERED_WITHIN_MS;
      for (;;) {
        const answer = await transport.ask({ verb: "CLAIM", ...on });
        if (answer.kind === "claim") return answer.status;
        // The node that led it may be the one that is gone.
        expect(performance.now(), JSON.stringify(answer)).toBeLessThan(untilMs);
        await sleep(50);
      }
    };
    for (const key of keys) expect(await statusOf(key)).toBe("GRANTED");
    await first.server.kill("SIGKILL");
    for (const key of keys) expect(await statusOf(key)).toBe("COMPLETED");
    expect(await statusOf(newKey("tls"))).toBe("GRANTED");
    transport.close();
  }, 240_000);

  it("has no node whose certificate names another one, or whose files are none", async () => {
    const start = (env: Readonly<Record<string, string>>) =>
      runToExit({
        dataDir: temporaryDirectory(),
        env: { CLAIMD_CLUSTER: "test", CLAIMD_ETCD: "127.0.0.1:1", CLAIMD_NODE_ID: "n1", ...env },
      });
    const other = await start({ ...ofNode("n2"), CLAIMD_ETCD_CA: authority.caFile });
    expect(other.code).toBe(1);
    const named = "n2.pem: certificate: names URI:claimd://test/n2; of node n1 it must name";
    expect(other.stderr).toMatch(/peerCert \(CLAIMD_PEER_CERT\): /);
    expect(other.stderr).toContain(named);
    const mine = { ...ofNode("n1"), CLAIMD_ETCD_CA: authority.caFile };
    const none = await start({ ...mine, CLAIMD_ETCD_CA: "/nowhere/ca.pem" });
    expect(none.stderr).toMatch(/etcdCa \(CLAIMD_ETCD_CA\): \/nowhere\/ca\.pem: ENOENT/);
    const mixed = await start({ ...mine, CLAIMD_ETCD_KEY: ofEtcd.keyFile });
    expect(mixed.stderr).toMatch(/etcdKey \(CLAIMD_ETCD_KEY\): .*etcd\.key: is not the key of/);
  }, 60_000);
});
