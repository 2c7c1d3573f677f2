/**
 * Three nodes, three replicas, real processes: what is asked of a node that does not lead the key's
 * partition.
 */
import type { Topology__Output } from "@claimd/proto";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Answer, Command, Transport } from "./support/command.ts";
import { ETCD_SERVER } from "./support/etcd-cluster.ts";
import { askFor, KeyAsker, newClaimId, newKey, refusal, sleep } from "./support/key-asker.ts";
import { describeWith } from "./support/services.ts";
import { endCluster, TestCluster } from "./support/test-cluster.ts";
import type { TestNode } from "./support/test-node.ts";
import { askBatch, session, unary } from "./support/transports.ts";

const KNOWN_EVERYWHERE_MS = 40_000;
const NAMESPACE = "payments";
const OBSERVED = "observed";
afterAll(endCluster);

describeWith("a node that does not lead", [ETCD_SERVER], () => {
  let cluster: TestCluster;
  let leaders: Transport;
  let sessions: readonly Transport[];

  beforeAll(async () => {
    cluster = await TestCluster.start();
    const [first] = cluster.nodes as [TestNode];
    await first.put({ name: NAMESPACE });
    await first.put({ name: OBSERVED, observe: true });
    leaders = cluster.transport();
    sessions = cluster.nodes.map(({ claims }) => session(claims));
  }, 240_000);

  afterAll(() => {
    for (const each of [leaders, ...sessions]) each.close();
  });

  const askAll = (command: Command): Promise<Answer[]> =>
    Promise.all(sessions.map((each) => each.ask(command)));

  /** Asks by the leader, again where the nodes do not know the namespace yet. */
  async function granted(command: Command & { readonly verb: "CLAIM" }): Promise<void> {
    const untilMs = performance.now() + KNOWN_EVERYWHERE_MS;
    for (;;) {
      const answer = await leaders.ask(command);
      if (answer.kind === "claim" && answer.status === "GRANTED") return;
      if (performance.now() > untilMs) throw new Error(JSON.stringify(answer));
      await sleep(50);
    }
  }

  /** What the nodes say in the end, as words, sorted. */
  async function toldInTheEnd(command: () => Command, expected: readonly string[]): Promise<void> {
    const untilMs = performance.now() + KNOWN_EVERYWHERE_MS;
    for (;;) {
      const told = (await askAll(command())).map(inAWord).sort();
      if (told.join() === expected.join()) return;
      if (performance.now() > untilMs) expect(told).toEqual(expected);
      await sleep(50);
    }
  }

  it("answers COMPLETED, and nothing else", async () => {
    const on = { namespace: NAMESPACE, key: newKey() };
    const fingerprint = Buffer.from("payload");
    const claimId = newClaimId();
    await granted({ verb: "CLAIM", ...on, claimId, fingerprint });
    const duplicate = (): Command => ({ verb: "CLAIM", ...on, claimId: newClaimId() });
    const away = ["NOT_LEADER", "NOT_LEADER"];
    await toldInTheEnd(duplicate, ["IN_PROGRESS", ...away]);
    const result = { data: Buffer.from("7"), contentType: "text/plain" };
    await askFor(leaders, { verb: "COMPLETE", ...on, claimId, result });
    await toldInTheEnd(duplicate, ["COMPLETED", "COMPLETED", "COMPLETED"]);
    for (const answer of await askAll({ ...duplicate(), fingerprint } as Command)) {
      expect(answer).toMatchObject({ kind: "claim", status: "COMPLETED", attempt: 1 });
      expect(answer).toMatchObject({ result });
      expect((answer as { expiresInMs: number }).expiresInMs).toBeGreaterThan(0);
    }
    const oneShot = (): Command => ({ ...duplicate(), complete: true }) as Command;
    await toldInTheEnd(oneShot, ["COMPLETED", ...away]);
    const other = (): Command => ({ ...duplicate(), fingerprint: Buffer.from("other") }) as Command;
    await toldInTheEnd(other, ["MISMATCH", ...away]);
    await toldInTheEnd(() => ({ verb: "GET", ...on }), [...away, "get"]);
    await toldInTheEnd(() => ({ verb: "COMPLETE", ...on, claimId }), ["ALREADY_APPLIED", ...away]);
  }, 60_000);

  it("says nothing of a namespace that only observes", async () => {
    const on = { namespace: OBSERVED, key: newKey() };
    await granted({ verb: "CLAIM", ...on, claimId: newClaimId(), complete: true });
    await sleep(1000);
    const duplicate = (): Command => ({ verb: "CLAIM", ...on, claimId: newClaimId() });
    await toldInTheEnd(duplicate, ["GRANTED", "NOT_LEADER", "NOT_LEADER"]);
  }, 60_000);

  it("says so when a key is hot, and everybody knows who may be asked then", async () => {
    const on = { namespace: NAMESPACE, key: newKey("hot") };
    await granted({ verb: "CLAIM", ...on, claimId: newClaimId(), complete: true });
    const duplicate = (): Command => ({ verb: "CLAIM", ...on, claimId: newClaimId() });
    await toldInTheEnd(duplicate, ["COMPLETED", "COMPLETED", "COMPLETED"]);
    const untilMs = performance.now() + KNOWN_EVERYWHERE_MS;
    for (let hot = 0; hot === 0; ) {
      const answers = await Promise.all(Array.from({ length: 100 }, () => askAll(duplicate())));
      hot = answers.flat().filter((each) => each.kind === "claim" && each.hot).length;
      if (performance.now() > untilMs) throw new Error("never hot");
    }
    const watch = (cluster.nodes[0] as TestNode).claims.watchTopology({});
    watch.on("error", () => undefined);
    const told = await new Promise<Topology__Output>((resolve) => watch.once("data", resolve));
    watch.cancel();
    expect(told.replicaCounts).toEqual(told.leaders.map(() => 3));
  }, 60_000);

  it("answers unary calls as the leader does", async () => {
    const transports = cluster.nodes.map(({ claims }) => unary(claims));
    for (let n = 0; n < 12; n++) {
      const [one, two, three] = [0, 1, 2].map(
        (at) => new KeyAsker(transports[(n + at) % 3] as Transport, NAMESPACE, newKey(`u${n}`)),
      ) as [KeyAsker, KeyAsker, KeyAsker];
      const { own, key } = one;
      const at = (asker: KeyAsker): KeyAsker => new KeyAsker(asker.transport, NAMESPACE, key);
      const granted = await one.claim();
      expect(granted.status).toBe("GRANTED");
      expect(await at(two).claim(own)).toMatchObject({
        ...{ status: "GRANTED", fencingToken: granted.fencingToken },
      });
      expect(await at(three).claim()).toMatchObject({ status: "IN_PROGRESS" });
      expect(await at(three).extend(own)).toMatchObject({ status: "APPLIED" });
      expect(await at(two).complete(own)).toMatchObject({ status: "APPLIED" });
      expect(await at(three).record()).toMatchObject({ state: "COMPLETED" });
      expect(await at(two).claim()).toMatchObject({ status: "COMPLETED" });
    }
  }, 60_000);

  it("refuses unary calls as the leader does", async () => {
    const [first, ...others] = cluster.nodes.map(({ claims }) => unary(claims));
    const spent = new KeyAsker(first as Transport, NAMESPACE);
    await spent.claim();
    await spent.fail("RETRYABLE");
    const again = { verb: "CLAIM", ...spent.on, claimId: spent.own } as const;
    for (const each of [first, ...others] as Transport[]) {
      expect(await refusal(each, again)).toMatchObject({ reason: "CLAIM_ID_SPENT", code: 9 });
    }
  }, 60_000);

  it("answers each command of a Batch, whoever leads it", async () => {
    const keys = Array.from({ length: 200 }, () => newKey("b"));
    const claims = keys.map((key) => {
      const claimId = newClaimId();
      return { verb: "CLAIM", namespace: NAMESPACE, key, claimId, complete: true } as const;
    });
    const [first, second, third] = cluster.nodes as [TestNode, TestNode, TestNode];
    const granted = await askBatch(first.claims, claims);
    expect(granted.map(inAWord)).toEqual(keys.map(() => "GRANTED"));
    // The same claim ids once more: the same grants.
    expect(await askBatch(second.claims, claims)).toMatchObject(
      granted.map((each) => ({ fencingToken: (each as { fencingToken: number }).fencingToken })),
    );
    const gets = keys.map((key) => ({ verb: "GET", namespace: NAMESPACE, key }) as const);
    expect(await askBatch(third.claims, gets)).toMatchObject(keys.map(() => ({ found: true })));
  }, 60_000);

  it("lets a unary claim wait at the leader", async () => {
    const [one, two, three] = cluster.nodes.map(({ claims }) => unary(claims)) as [
      ...[Transport, Transport, Transport],
    ];
    const owner = new KeyAsker(one, NAMESPACE);
    await owner.claim();
    const waiting = [two, three].map((each) =>
      new KeyAsker(each, NAMESPACE, owner.key).claim(newClaimId(), { waitMs: 10_000 }),
    );
    await sleep(300);
    await owner.complete();
    for (const each of waiting) expect(await each).toMatchObject({ status: "COMPLETED" });
  }, 60_000);
});

function inAWord(answer: Answer): string {
  if (answer.kind === "error") return answer.reason;
  return answer.kind === "claim" || answer.kind === "settle" ? answer.status : answer.kind;
}
