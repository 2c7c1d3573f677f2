/** What a start refuses, and what it says then. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ListNamespacesResponse__Output } from "@claimd/proto";
import { afterAll, describe, expect, it } from "vitest";
import { runToExit } from "./support/server-process.ts";
import { temporaryDirectory } from "./support/temporary-directory.ts";
import { endNodes, TestNode } from "./support/test-node.ts";
import { call, deadline } from "./support/wire.ts";

afterAll(endNodes);

const refused = async (env: Readonly<Record<string, string>>, dataDir = temporaryDirectory()) => {
  const { code, stdout, stderr } = await runToExit({ dataDir, env });
  expect(code).toBeGreaterThan(0);
  expect(stdout).not.toContain("ready");
  return stderr;
};

describe("a start", () => {
  it("beyond loopback is refused without --insecure, and says why", async () => {
    for (const host of ["0.0.0.0", "::", "192.0.2.1"]) {
      const said = await refused({ CLAIMD_HOST: host });
      expect(said).toMatch(/loopback/);
      expect(said).toMatch(/insecure/);
      expect(said).toMatch(/access control/);
    }
  });

  it("beyond loopback with CLAIMD_INSECURE=1 serves and warns", async () => {
    const node = await TestNode.start({ env: { CLAIMD_HOST: "0.0.0.0", CLAIMD_INSECURE: "1" } });
    expect(node.server.stderr).toMatch(/insecure|access control/i);
    await node.server.kill("SIGTERM");
  });

  it("with several bad settings names all of them at once", async () => {
    const said = await refused({
      CLAIMD_GRPC_PORT: "abc",
      CLAIMD_ADMIN_PORT: "70000",
      CLAIMD_LOG_LEVEL: "loud",
      CLAIMD_MIN_FREE_PERCENT: "200",
      CLAIMD_INSECURE: "maybe",
    });
    for (const name of ["GRPC_PORT", "ADMIN_PORT", "LOG_LEVEL", "MIN_FREE_PERCENT", "INSECURE"]) {
      expect(said).toContain(`CLAIMD_${name}`);
    }
    expect(said).toMatch(/70000/);
    expect(said).toMatch(/loud/);
  });

  it("as a member of a cluster is refused by name", async () => {
    expect(await refused({ CLAIMD_ETCD: "127.0.0.1:2379" })).toMatch(/CLAIMD_ETCD/);
  });

  it("with an unknown flag is refused", async () => {
    const { code, stderr } = await runToExit({
      dataDir: temporaryDirectory(),
      args: ["--nothing"],
    });
    expect(code).toBeGreaterThan(0);
    expect(stderr).toMatch(/nothing/);
  });

  it("on the folder of another process is refused, and does it no harm", async () => {
    const node = await TestNode.start();
    await node.put({ name: "n" });
    expect(await refused({}, node.dataDir)).toMatch(/another claimd/i);
    await node.put({ name: "still-there" });
    expect(await node.stop()).toEqual({ code: 0, signal: null });
    await node.restart();
    await node.stop();
  });

  it("on a port that is taken is refused, and names it", async () => {
    const node = await TestNode.start();
    const port = node.server.grpc.split(":")[1] ?? "";
    expect(await refused({ CLAIMD_GRPC_PORT: port })).toContain(port);
    await node.stop();
  });

  it("on a data directory of another kind is refused, and names the difference", async () => {
    const node = await TestNode.start();
    await node.stop();
    const path = join(node.dataDir, "claimd.json");
    const identity = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    expect(identity["partitions"]).toBe(256);
    writeFileSync(path, JSON.stringify({ ...identity, partitions: 512 }));
    const said = await refused({}, node.dataDir);
    expect(said).toMatch(/512/);
    expect(said).toMatch(/256/);
    writeFileSync(path, "not json");
    expect(await refused({}, node.dataDir)).toMatch(/claimd\.json/);
  });

  it("on a file is refused", async () => {
    const path = join(temporaryDirectory(), "file");
    writeFileSync(path, "");
    expect(await refused({}, path)).toContain(path);
  });
});

describe("a policy file", () => {
  const file = (content: unknown): Readonly<Record<string, string>> => {
    const path = join(temporaryDirectory(), "namespaces.json");
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    return { CLAIMD_NAMESPACES: path };
  };
  const names = async (node: TestNode) => {
    const { namespaces } = await call<ListNamespacesResponse__Output>((done) =>
      node.admin.listNamespaces({}, deadline(), done),
    );
    return namespaces;
  };

  it("creates what is missing and never changes what exists", async () => {
    const first = file([{ name: "a", leaseMs: 5000 }]);
    const node = await TestNode.start({ env: first });
    expect(await names(node)).toMatchObject([{ name: "a", leaseMs: 5000 }]);
    await node.stop();
    await node.restart({ env: file([{ name: "a", leaseMs: 9000 }, { name: "b" }]) });
    expect(await names(node)).toMatchObject([
      { name: "a", leaseMs: 5000 },
      { name: "b", leaseMs: 30_000 },
    ]);
    await node.stop();
  });

  it("with mistakes is refused, all of them named", async () => {
    const said = await refused(file([{ name: "A" }, { name: "b", leaseMs: 1 }]));
    expect(said).toMatch(/name/);
    expect(said).toMatch(/lease/);
    expect(await refused(file([{ name: "a", lease_ms: 1 }]))).toMatch(/lease_ms/);
    expect(await refused(file("{"))).toMatch(/namespaces\.json/);
    expect(await refused({ CLAIMD_NAMESPACES: "/nowhere.json" })).toMatch(/nowhere/);
  });
});
