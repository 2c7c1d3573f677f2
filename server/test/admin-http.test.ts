/** The admin port: metrics, liveness, readiness, drain; and gRPC's own health service. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KeyAsker, newClaimId, sleep } from "./support/key-asker.ts";
import { rawClient } from "./support/raw-calls.ts";
import { endNodes, TestNode } from "./support/test-node.ts";
import { unary } from "./support/transports.ts";

let node: TestNode;
beforeAll(async () => {
  node = await TestNode.start();
  await node.put({ name: "n" });
});
afterAll(endNodes);

const get = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(`http://${node.server.admin}${path}`, init);
  return { status: response.status, text: await response.text(), headers: response.headers };
};

function valueIn(text: string, name: string, ...labels: readonly string[]): number {
  const line = text
    .split("\n")
    .find(
      (each) => /^\w+/.exec(each)?.[0] === name && labels.every((label) => each.includes(label)),
    );
  return Number(line?.split(" ").at(-1));
}

describe("/metrics", () => {
  it("counts claims and settles by namespace and status", async () => {
    const key = new KeyAsker(unary(node.claims), "n");
    await key.claim();
    await key.claim(key.other);
    await key.complete();
    await key.claim(key.other);
    const { status, text, headers } = await get("/metrics");
    expect(status).toBe(200);
    expect(headers.get("content-type")).toMatch(/text\/plain|openmetrics/);
    const value = (name: string, ...labels: readonly string[]) => valueIn(text, name, ...labels);
    const ofN = `claim_namespace="n"`;
    expect(value("claimd_claims_total", ofN, `status="GRANTED"`)).toBe(1);
    expect(value("claimd_claims_total", ofN, `status="IN_PROGRESS"`)).toBe(1);
    expect(value("claimd_claims_total", ofN, `status="COMPLETED"`)).toBe(1);
    expect(value("claimd_settles_total", ofN, `status="APPLIED"`)).toBe(1);
    expect(value("grpc_server_handled_total", `grpc_method="Claim"`, `grpc_code="OK"`)).toBe(3);
    for (const name of [
      "claimd_turn_seconds",
      "claimd_turn_commands",
      "claimd_inflight_leases",
      "claimd_possible_double_executions_total",
      "grpc_server_handling_seconds",
    ]) {
      expect(text).toMatch(new RegExp(`^# TYPE ${name} `, "m"));
    }
    expect(text).not.toContain(key.key.toString());
    expect(text).not.toContain(key.own.toString("hex"));
  });
});

describe("/metrics of what went wrong", () => {
  it("counts lapses, late completions, possible doubles, exhausted and held keys", async () => {
    await node.put({ name: "wrong", leaseMs: 100, maxAttempts: 2 });
    const keyIn = (): KeyAsker => new KeyAsker(unary(node.claims), "wrong");
    const late = keyIn();
    await late.claim();
    const taken = keyIn();
    await taken.claim();
    const held = keyIn();
    await held.claim();
    await held.fail("UNKNOWN");
    await sleep(140);
    await late.complete();
    await taken.claim(taken.other);
    await taken.complete();
    await sleep(140);
    expect(await taken.claim(newClaimId())).toMatchObject({ status: "EXHAUSTED" });
    const ofWrong = `claim_namespace="wrong"`;
    let { text } = await get("/metrics");
    // Lapses are noticed by a sweep.
    for (let at = 0; at < 100 && valueIn(text, "claimd_lease_lapses_total", ofWrong) === 0; at++) {
      await sleep(100);
      ({ text } = await get("/metrics"));
    }
    expect(valueIn(text, "claimd_possible_double_executions_total", ofWrong)).toBe(1);
    expect(valueIn(text, "claimd_late_completions_total", ofWrong)).toBeGreaterThanOrEqual(1);
    expect(valueIn(text, "claimd_lease_lapses_total", ofWrong)).toBeGreaterThanOrEqual(1);
    expect(valueIn(text, "claimd_exhausted_total", ofWrong)).toBeGreaterThanOrEqual(1);
    expect(valueIn(text, "claimd_held", ofWrong)).toBe(1);
    expect(valueIn(text, "claimd_settles_total", ofWrong, `status="STALE_OWNER"`)).toBe(1);
  });
});

describe("health", () => {
  it("is alive and ready, and gRPC's health service says SERVING", async () => {
    expect((await get("/livez")).status).toBe(200);
    expect((await get("/readyz")).status).toBe(200);
    const raw = rawClient(node.server.grpc);
    expect(await raw.send("/grpc.health.v1.Health/Check", Buffer.alloc(0))).toMatchObject({
      code: 0,
    });
    raw.close();
  });

  it("knows no other paths and no other methods", async () => {
    expect((await get("/")).status).toBe(404);
    expect((await get("/etc/passwd")).status).toBe(404);
    expect([404, 405]).toContain((await get("/metrics", { method: "DELETE" })).status);
    expect([404, 405]).toContain((await get("/drain")).status);
    expect((await get("/readyz")).status).toBe(200);
  });
});

describe("/drain", () => {
  it("ends the node as SIGTERM does, with 0, and refuses to be asked again", async () => {
    const { status } = await get("/drain", { method: "POST" });
    expect(status).toBe(202);
    expect(await node.server.waitForExit(10_000)).toEqual({ code: 0, signal: null });
    await expect(get("/readyz")).rejects.toThrow();
  });
});
