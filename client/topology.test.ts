import type { Topology__Output as TopologyMessage } from "@claimd/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressBy, messageOf, NODES, nodesOf, topologyOf } from "./testing/topology-messages.ts";
import { Topology } from "./topology.ts";

const known = (topology: Topology) => ({
  version: topology.version,
  addresses: topology.addresses,
  leaders: Array.from({ length: topology.partitions }, (_, at) => topology.addressOf(at)),
  epochs: Array.from({ length: topology.partitions }, (_, at) => topology.epochOf(at)),
});

describe("adopt", () => {
  it("takes a first message as it is", () => {
    const topology = new Topology();
    expect(known(topology)).toEqual({ version: -1, addresses: [], leaders: [], epochs: [] });
    expect(topology.adopt(messageOf({ leaders: [2, 0] }))).toBe("changed");
    expect(known(topology)).toEqual({
      version: 1,
      addresses: ["n1.example:7600", "n2.example:7600"],
      leaders: ["n2.example:7600", undefined],
      epochs: [5, 5],
    });
  });

  it("knows the replicas as the newest message tells them, where it does", () => {
    const told = messageOf({ version: 3, replicas: [2, 1, 2], replicaCounts: [2, 1] });
    const topology = topologyOf(messageOf(), told, messageOf({ version: 2 }));
    const of = (each: Topology) => [0, 1, 2].map((partition) => each.replicasOf(partition));
    const [n1, n2] = [addressBy("n1"), addressBy("n2")];
    expect(of(topology)).toEqual([[n2, n1], [n2], []]);
    topology.adopt(messageOf({ version: 4 }));
    expect(of(topology)).toEqual([[], [], []]);
  });

  it.each([
    { replicas: [1], replicaCounts: [1] },
    { replicas: [1], replicaCounts: [] },
    { replicas: [1], replicaCounts: [1, 1] },
    { replicas: [1, 3], replicaCounts: [1, 1] },
    { replicas: [1, 0], replicaCounts: [1, 1] },
    { replicas: [1], replicaCounts: [2, -1] },
  ])("passes over replicas that make no sense: %o", (columns) => {
    const topology = new Topology();
    expect(topology.adopt(messageOf(columns))).toBe("malformed");
    expect(topology.partitions).toBe(0);
  });

  it("takes of each partition only higher epochs, whatever the version", () => {
    const topology = topologyOf(messageOf({ version: 7 }));
    const message = messageOf({ version: 3, leaders: [2, 1], epochs: [6, 4] });
    expect(topology.adopt(message)).toBe("changed");
    expect(known(topology)).toMatchObject({
      version: 7,
      leaders: ["n2.example:7600", "n2.example:7600"],
      epochs: [6, 5],
    });
  });

  it("keeps the leader of an epoch, but where nobody was named who is there", () => {
    const topology = topologyOf(messageOf({ leaders: [1, 0] }));
    expect(topology.adopt(messageOf({ version: 2, leaders: [2, 0] }))).toBe("unchanged");
    expect(topology.adopt(messageOf({ version: 2, leaders: [0, 2] }))).toBe("changed");
    expect(known(topology).leaders).toEqual(["n1.example:7600", "n2.example:7600"]);
  });

  it("takes the nodes of higher versions only", () => {
    const topology = topologyOf(messageOf({ version: 2 }));
    topology.adopt(messageOf({ version: 1, nodes: nodesOf(["n3", "n4"]) }));
    topology.adopt(messageOf({ version: 2, nodes: nodesOf(["n3", "n4"]) }));
    expect(topology.addresses).toEqual(nodesOf(["n1", "n2"]).map(({ address }) => address));
    const moved = { id: "n1", address: "elsewhere:7600" };
    expect(topology.adopt(messageOf({ version: 3, nodes: [moved], leaders: [1, 1] }))).toBe(
      "changed",
    );
    expect(topology.addresses).toEqual(["elsewhere:7600"]);
    expect(known(topology).leaders).toEqual(["elsewhere:7600", "elsewhere:7600"]);
  });

  it("knows no leader that is not among the nodes, or has no address", () => {
    const topology = topologyOf(messageOf());
    const nodes = [{ id: "n1", address: "" }];
    topology.adopt(messageOf({ version: 2, nodes, leaders: [0, 0] }));
    expect(known(topology)).toMatchObject({ addresses: [], leaders: [undefined, undefined] });
  });

  it.each([
    ["a version that is no count", { version: -1 }],
    ["a version beyond what a number holds", { version: 2 ** 53 }],
    ["no partitions", { partitions: 0, leaders: [], epochs: [] }],
    [
      "partitions that are no power of two",
      { partitions: 3, leaders: [1, 1, 1], epochs: [6, 6, 6] },
    ],
    [
      "too many partitions",
      {
        partitions: 131_072,
        leaders: new Array<number>(131_072).fill(1),
        epochs: new Array<number>(131_072).fill(1),
      },
    ],
    ["other partitions than before", { partitions: 1, leaders: [1], epochs: [6] }],
    ["too few leaders", { leaders: [1] }],
    ["too many epochs", { epochs: [6, 6, 6] }],
    ["a leader behind the nodes", { leaders: [1, 3] }],
    ["a leader that is half a number", { leaders: [1, 1.5] }],
    ["an epoch that is no number", { epochs: [Number.NaN, 6] }],
    ["a node without id", { nodes: [...nodesOf(["n1"]), { id: "", address: "a:1" }] }],
    ["a node twice", { nodes: nodesOf(["n1", "n1"]) }],
    ["an address that is none", { nodes: [...nodesOf(["n1"]), { id: "n2", address: "nowhere" }] }],
    ["a port that is none", { nodes: [...nodesOf(["n1"]), { id: "n2", address: "a:70000" }] }],
  ])("ignores all of a message with %s", (_what, changes) => {
    const topology = topologyOf(messageOf());
    const before = known(topology);
    const message = messageOf({ version: 2, epochs: [6, 6], ...changes });
    expect(topology.adopt(message)).toBe("malformed");
    expect(known(topology)).toEqual(before);
  });
});

describe("learn", () => {
  it("takes higher epochs only, by id or by address", () => {
    const topology = topologyOf(messageOf());
    expect(topology.learn(0, "n2", 4)).toBe(false);
    expect(topology.learn(0, "n2", 5)).toBe(false);
    expect(topology.learn(0, "n2", 6)).toBe(true);
    expect(topology.learn(1, "new.example:7600", 9)).toBe(true);
    expect(known(topology)).toMatchObject({
      leaders: ["n2.example:7600", "new.example:7600"],
      epochs: [6, 9],
    });
    expect(topology.mayNeed("new.example:7600")).toBe(true);
    expect(topology.mayNeed("other.example:7600")).toBe(false);
  });

  it("knows nobody where the leader is named by an id that is unknown, or not at all", () => {
    const topology = topologyOf(messageOf());
    expect(topology.learn(0, "n9", 6)).toBe(true);
    expect(topology.learn(1, "", 6)).toBe(true);
    expect(known(topology).leaders).toEqual([undefined, undefined]);
    topology.adopt(messageOf({ version: 2, nodes: nodesOf(["n1", "n9"]), epochs: [5, 6] }));
    expect(known(topology).leaders).toEqual(["n9.example:7600", "n9.example:7600"]);
  });

  it("takes the node's address of today for one that no node has", () => {
    const topology = topologyOf(messageOf());
    topology.learn(0, "10.0.0.9:7600", 6);
    expect(topology.adopt(messageOf({ version: 2, epochs: [6, 5] }))).toBe("changed");
    expect(topology.addressOf(0)).toBe("n1.example:7600");
  });

  it("forgets an address when no node has it any more", () => {
    const topology = topologyOf(messageOf());
    topology.learn(0, addressBy("n2"), 6);
    topology.adopt(messageOf({ version: 2, nodes: nodesOf(["n1"]), leaders: [1, 0] }));
    expect(topology.addressOf(0)).toBeUndefined();
    expect(topology.mayNeed(addressBy("n2"))).toBe(false);
    topology.learn(0, addressBy("n2"), 6);
    expect(topology.addressOf(0)).toBeUndefined();
    topology.learn(0, addressBy("n1"), 6);
    expect(topology.addressOf(0)).toBe(addressBy("n1"));
  });

  it("takes nothing that can't be", () => {
    const topology = topologyOf(messageOf());
    const before = known(topology);
    for (const partition of [-1, 2, 0.5, Number.NaN]) topology.learn(partition, "n1", 9);
    for (const epoch of [-1, 5.5, Number.NaN, 2 ** 53]) topology.learn(0, "n1", epoch);
    expect(known(topology)).toEqual(before);
    expect(new Topology().learn(0, "n1", 1)).toBe(false);
  });
});

describe("what was told in any order", () => {
  const PARTITIONS = 4;
  /** One leader for each epoch, as in a real cluster. */
  const leaderIn = (partition: number, epoch: number): string =>
    NODES[(partition * 7 + epoch * 3) % NODES.length] as string;

  const epoch = fc.integer({ min: 0, max: 9 });
  const told = fc.record({
    version: fc.integer({ min: 0, max: 9 }),
    nodes: fc.shuffledSubarray(NODES),
    epochs: fc.array(epoch, { minLength: PARTITIONS, maxLength: PARTITIONS }),
    unknown: fc.array(fc.boolean(), { minLength: PARTITIONS, maxLength: PARTITIONS }),
  });
  const refused = fc.record({
    partition: fc.integer({ min: 0, max: PARTITIONS - 1 }),
    epoch,
    as: fc.constantFrom("id", "address", "nobody"),
  });

  it("gives the highest epochs, and no leader that the epoch did not have", () => {
    const words = fc.array(fc.oneof(told, refused), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(words, (said) => {
        const topology = new Topology();
        const highest = new Array<number>(PARTITIONS).fill(-1);
        let versions = -1;
        for (const each of said) {
          if ("as" in each) {
            const id = leaderIn(each.partition, each.epoch);
            const leader = { id, address: addressBy(id), nobody: "" }[each.as];
            topology.learn(each.partition, leader, each.epoch);
            if (topology.partitions === 0) continue;
            const { partition } = each;
            highest[partition] = Math.max(highest[partition] as number, each.epoch);
          } else {
            topology.adopt({
              version: each.version,
              partitions: PARTITIONS,
              nodes: nodesOf(each.nodes),
              leaders: each.epochs.map((of, partition) =>
                each.unknown[partition] === true
                  ? 0
                  : each.nodes.indexOf(leaderIn(partition, of)) + 1,
              ),
              epochs: each.epochs,
              replicas: [],
              replicaCounts: [],
            });
            versions = Math.max(versions, each.version);
            for (const [partition, of] of each.epochs.entries()) {
              highest[partition] = Math.max(highest[partition] as number, of);
            }
          }
          expect(topology.version).toBe(versions);
          for (let partition = 0; partition < topology.partitions; partition++) {
            expect(topology.epochOf(partition)).toBe(highest[partition]);
            const address = topology.addressOf(partition);
            if (address === undefined) continue;
            expect(address).toBe(addressBy(leaderIn(partition, topology.epochOf(partition))));
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("ends in the same place, where every word names who can be reached", () => {
    const epochs = fc.array(epoch, { minLength: PARTITIONS, maxLength: PARTITIONS });
    const all = fc.array(epochs, { minLength: 1, maxLength: 8 });
    const ordered = all.chain((said) =>
      fc.tuple(
        fc.constant(said),
        fc.shuffledSubarray(
          said.map((_, at) => at),
          { minLength: said.length },
        ),
      ),
    );
    fc.assert(
      fc.property(ordered, ([said, order]) => {
        const messages = said.map((of, version) => ({
          version,
          partitions: PARTITIONS,
          nodes: nodesOf(NODES),
          leaders: of.map((each, partition) => NODES.indexOf(leaderIn(partition, each)) + 1),
          epochs: of,
          replicas: [],
          replicaCounts: [],
        }));
        const shuffled = order.map((at) => messages[at] as TopologyMessage);
        expect(known(topologyOf(...shuffled))).toEqual(known(topologyOf(...messages)));
      }),
    );
  });

  it("never throws, whatever a message holds", () => {
    const number = fc.oneof(fc.integer({ min: -2, max: 9 }), fc.double());
    const message = fc.record({
      version: number,
      partitions: fc.oneof(fc.constantFrom(1, 2, 4), number),
      nodes: fc.array(fc.record({ id: fc.string(), address: fc.string() }), { maxLength: 4 }),
      leaders: fc.array(number, { maxLength: 5 }),
      epochs: fc.array(number, { maxLength: 5 }),
      replicas: fc.array(number, { maxLength: 5 }),
      replicaCounts: fc.array(number, { maxLength: 5 }),
    });
    fc.assert(
      fc.property(fc.array(message), fc.array(fc.tuple(number, fc.string(), number)), (a, b) => {
        const topology = topologyOf(...a);
        for (const each of b) topology.learn(...each);
        expect(topology.partitions & (topology.partitions - 1)).toBe(0);
      }),
    );
  });
});
