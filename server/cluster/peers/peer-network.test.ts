import { afterEach, describe, expect, it } from "vitest";
import { createLog } from "../../log.ts";
import type { PeerMessage } from "./peer-message.ts";
import { PeerNetwork } from "./peer-network.ts";
import {
  type Addresses,
  connect,
  eventually,
  identity,
  isConnected,
  type PeerNode,
  type PeerNodeOptions,
  startPeer,
} from "./test/peer-fixture.ts";
import { record, SAMPLES, TYPES } from "./test/sample-messages.ts";

describe("PeerNetwork", () => {
  let nodes: PeerNode[] = [];
  let addresses: Addresses = new Map();

  const start = async (node: string, options: PeerNodeOptions = {}): Promise<PeerNode> => {
    const started = await startPeer(node, addresses, options);
    nodes.push(started);
    return started;
  };

  afterEach(async () => {
    await Promise.all(nodes.map(({ network }) => network.close()));
    nodes = [];
    addresses = new Map();
  });

  const saidBy = ({ self }: PeerNode, message: PeerMessage): PeerMessage =>
    "from" in message && message.type !== "cut"
      ? { ...message, from: { store: self.store, boot: self.boot } }
      : message;

  it("brings every message to the other side, under the name of who said it", async () => {
    const [a, b] = [await start("a", { self: { boot: 3 } }), await start("b")];
    const sent = TYPES.map((type) => saidBy(a, SAMPLES[type]));
    for (const message of sent) a.network.send(b.self.store, 17, message);
    a.network.flush();
    await eventually(() => b.heard.length === sent.length, "all heard");
    const from = { store: a.self.store, boot: 3 };
    expect(b.heard).toEqual(sent.map((message) => ({ from, partition: 17, message })));
    expect(a.heard).toEqual([]);
    expect(b.network.listeningTo()).toEqual([a.self.store]);
  });

  it("says nothing before flush", async () => {
    const [a, b] = [await start("a"), await start("b")];
    await connect(a, b);
    const before = a.network.links()[0]?.sentMessages ?? 0;
    await eventually(() => b.heard.length === before, "connected");
    a.network.send(b.self.store, 1, SAMPLES.hello);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(b.heard).toHaveLength(before);
    a.network.flush();
    await eventually(() => b.heard.length === before + 1, "flushed");
  });

  it("splits an append that fits no message, in order and chained", async () => {
    const [a, b] = [await start("a"), await start("b")];
    await connect(a, b);
    const entries = Array.from({ length: 40 }, (_, at) => {
      const payload = record(`k${at}`, `${at + 10}`.repeat(75_000));
      return { epoch: 5, index: 42 + at, stampMs: 1 + at, payload };
    });
    a.network.send(b.self.store, 9, { ...SAMPLES.append, entries });
    a.network.flush();
    const parts = () =>
      b.heard.flatMap(({ message }) => (message.type === "append" ? [message] : []));
    const arrived = () => parts().flatMap((part) => part.entries);
    await eventually(() => arrived().length === entries.length, "all entries");
    expect(parts().length).toBeGreaterThan(3);
    for (const [at, { index, payload }] of arrived().entries()) {
      expect(index).toBe(42 + at);
      expect(
        Buffer.compare(payload.record ?? Buffer.alloc(0), Buffer.alloc(150_000, `${at + 10}`)),
      ).toBe(0);
    }
    expect(a.network.links()[0]?.droppedMessages).toBe(0);
  });

  it("drops and counts while the address is not known, and finds it when it is", async () => {
    const [a, b] = [await start("a"), await start("b")];
    const address = addresses.get(b.self.store) ?? "";
    addresses.delete(b.self.store);
    a.network.send(b.self.store, 1, SAMPLES.hello);
    a.network.flush();
    expect(a.network.links()[0]).toMatchObject({ droppedMessages: 1, connected: false });
    expect(a.network.roomBytes(b.self.store)).toBe(0);
    expect(a.problems()).toEqual(["its address is not known"]);
    addresses.set(b.self.store, address);
    await connect(a, b);
    expect(a.network.roomBytes(b.self.store)).toBeGreaterThan(1024 * 1024);
  });

  it("goes on with the last address when it is no longer known", async () => {
    const [a, b] = [await start("a"), await start("b")];
    await connect(a, b);
    addresses.delete(b.self.store);
    await b.network.close();
    await eventually(() => !isConnected(a, b.self.store), "lost");
    const before = a.network.links()[0]?.droppedMessages ?? 0;
    let tries = 0;
    await eventually(() => {
      a.network.send(b.self.store, 1, SAMPLES.hello);
      tries += 1;
      return tries > 60;
    }, "tried at the old address");
    const refusals = a.problems().filter((problem) => problem.includes("ECONNREFUSED"));
    expect(refusals).toHaveLength(1); // Tried several times, said once.
    expect(a.network.links()[0]?.droppedMessages).toBeGreaterThan(before);
  });

  it.each([
    ["cluster", { cluster: "other" }, /cluster: "other" at b, "test" at a/],
    ["number of partitions", { partitions: 512 }, /partitions: 512 at b, 256 at a/],
    ["hash", { hash: "fnv" }, /hash: "fnv" at b, "murmur3_32" at a/],
  ])("refuses another %s and names both values", async (_what, change, problem) => {
    const [a, b] = [await start("a"), await start("b", { self: change })];
    a.network.send(b.self.store, 1, SAMPLES.hello);
    a.network.flush();
    await eventually(() => a.problems().length > 0 && b.problems().length > 0, "refused");
    expect(a.problems()[0]).toMatch(problem);
    expect(b.problems()[0]).toMatch(problem);
    expect(b.heard).toEqual([]);
    expect(a.network.links()[0]).toMatchObject({ connected: false, droppedMessages: 1 });
  });

  it("says nothing to another store at the address", async () => {
    const [a, b, c] = [await start("a"), await start("b"), await start("c")];
    addresses.set(b.self.store, c.address);
    a.network.send(b.self.store, 1, SAMPLES.hello);
    a.network.flush();
    await eventually(() => a.problems().length > 0, "refused");
    expect(a.problems()[0]).toBe("store: store-of-b expected, store-of-c at c");
    expect(c.heard).toEqual([]);
  });

  it("leaves alone a store that has come to another one's address", async () => {
    const [a, b, c] = [await start("a"), await start("b"), await start("c")];
    addresses.set(b.self.store, c.address);
    a.network.send(b.self.store, 1, SAMPLES.hello);
    await eventually(() => a.problems().length > 0, "refused");
    addresses.delete(b.self.store);
    await connect(a, c);
    const untilMs = performance.now() + 1000;
    await eventually(() => {
      a.network.send(b.self.store, 1, SAMPLES.hello);
      return performance.now() > untilMs;
    }, "tried again and again");
    const told = a.network.links().find(({ store }) => store === c.self.store);
    expect(told).toMatchObject({ connected: true, connects: 1 });
    expect(a.problems().at(-1)).toBe("its address is not known");
  });

  it("listens to the newest boot of a store, and no longer to the one before", async () => {
    const b = await start("b");
    const first = await start("a", { self: { boot: 1 } });
    await connect(first, b);
    const second = await start("a", { self: { boot: 2 } });
    await connect(second, b);
    await eventually(() => !isConnected(first, b.self.store), "replaced");
    const heard = b.heard.length;
    first.network.send(b.self.store, 1, SAMPLES.hello);
    first.network.flush();
    await eventually(() => {
      first.network.send(b.self.store, 1, SAMPLES.hello);
      first.network.flush();
      return first.problems().some((problem) => problem.startsWith("boot: 1 at a"));
    }, "refused by name");
    expect(b.heard.slice(heard).every(({ from }) => from.boot === 2)).toBe(true);
    expect(isConnected(second, b.self.store)).toBe(true);
  });

  it("keeps a node from replying for another one, and from talking to itself", async () => {
    const a = await start("a");
    expect(() => {
      a.network.send("store-of-b", 1, SAMPLES.ack);
    }).toThrow(/a node replies for itself/);
    expect(() => {
      a.network.send(a.self.store, 1, SAMPLES.hello);
    }).toThrow(/nothing to say to itself/);
  });

  it("refuses plaintext beyond loopback, at both ends", async () => {
    const a = await start("a");
    const network = new PeerNetwork({
      self: identity("x"),
      addressOf: () => undefined,
      onMessage: () => undefined,
      certificates: undefined,
      log: createLog({ level: "silent" }),
      random: () => 0,
    });
    for (const host of ["0.0.0.0", "::", "192.0.2.1", "node-1"]) {
      await expect(network.listen(host, 0)).rejects.toMatchObject({
        code: "INVALID_CONFIGURATION",
        message: expect.stringMatching(/plaintext is for loopback only/) as string,
      });
    }
    for (const host of ["192.0.2.1", "[2001:db8::1]", "node-1"]) {
      addresses.set(`store-at-${host}`, `${host}:7602`);
      a.network.send(`store-at-${host}`, 1, SAMPLES.hello);
      expect(a.problems().at(-1)).toContain(`${host}:7602: plaintext is for loopback only`);
    }
  });

  it("ends everything on close, and says no more", async () => {
    const [a, b] = [await start("a"), await start("b")];
    await connect(a, b);
    await connect(b, a);
    await Promise.all([a.network.close(), a.network.close()]);
    await eventually(() => !isConnected(b, a.self.store), "lost");
    expect(b.network.listeningTo()).toEqual([]);
    a.network.send(b.self.store, 1, SAMPLES.hello);
    a.network.flush();
    expect(isConnected(a, b.self.store)).toBe(false);
  });
});
