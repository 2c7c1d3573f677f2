import { beforeEach, describe, expect, it } from "vitest";
import { decodeNodeRecord, encodeNodeRecord, type NodeRecord } from "./node-record.ts";
import { LEASE_MS, NodeRegistration } from "./node-registry.ts";
import { bytes, textOf } from "./test/coordinator-steps.ts";
import { ClusterWorld } from "./test/cluster-world.ts";

let world: ClusterWorld;
let isWell: boolean;

beforeEach(() => {
  world = new ClusterWorld();
  isWell = true;
});

function register(coordinator = world.coordinator): NodeRegistration {
  const { time: timers, keys } = world;
  const key = keys.node("n1");
  return new NodeRegistration({
    ...{ coordinator, key, timers, value: bytes("alive") },
    isWell: () => isWell,
  });
}

const seen = async () => textOf(await world.coordinator.read(world.keys.node("n1")));
const end = (registration: NodeRegistration) =>
  world.time.until(Promise.resolve(registration[Symbol.asyncDispose]()));

/** How often the key was told to be gone. */
function deaths(): { count: number } {
  const counted = { count: 0 };
  world.coordinator.watch(world.keys.nodes, ({ value }) => {
    if (value === undefined) counted.count += 1;
  });
  return counted;
}

describe("NodeRegistration", () => {
  it("is there as long as the node is well, and gone at once when it stops", async () => {
    const dead = deaths();
    const registration = register();
    await world.time.pass(20 * LEASE_MS);
    expect(await seen()).toBe("alive");
    expect(registration.registered).toBe(true);
    expect(dead.count).toBe(0);
    await end(registration);
    expect(await seen()).toBeUndefined();
    expect(registration.registered).toBe(false);
    await world.time.pass(10 * LEASE_MS);
    expect(await seen()).toBeUndefined();
  });

  it("runs out within the lease when the node is not well, and comes back with it", async () => {
    const registration = register();
    await world.time.pass(LEASE_MS);
    isWell = false;
    await world.time.pass(LEASE_MS / 2);
    expect(await seen()).toBe("alive");
    expect(registration.registered).toBe(false);
    await world.time.pass(LEASE_MS / 2);
    expect(await seen()).toBeUndefined();
    isWell = true;
    await world.time.pass(LEASE_MS / 2);
    expect(await seen()).toBe("alive");
    await end(registration);
  });

  it("is not there before the node is well for the first time", async () => {
    isWell = false;
    const registration = register();
    await world.time.pass(10 * LEASE_MS);
    expect(await seen()).toBeUndefined();
    await end(registration);
  });

  it("is registered anew, and not gone in between, when a renewal is unsure", async () => {
    const dead = deaths();
    const registration = register();
    await world.time.settle();
    world.script.renewals.push(false, false);
    await world.time.pass(10 * LEASE_MS);
    expect(dead.count).toBe(0);
    expect(await seen()).toBe("alive");
    await end(registration);
    expect(await seen()).toBeUndefined();
  });

  it("comes back after its lease was revoked early, and after an outage", async () => {
    world.script.leases.push(1000);
    const registration = register();
    await world.time.pass(1000);
    expect(await seen()).toBeUndefined();
    await world.time.pass(LEASE_MS);
    expect(await seen()).toBe("alive");
    world.script.isOut = true;
    await world.time.pass(2 * LEASE_MS);
    world.script.isOut = false;
    expect(await seen()).toBeUndefined();
    await world.time.pass(LEASE_MS);
    expect(await seen()).toBe("alive");
    await end(registration);
  });

  it("can be ended in an outage: the lease runs out by itself", async () => {
    const client = world.open();
    const registration = register(client);
    await world.time.settle();
    client.reachable = false;
    await end(registration);
    expect(await seen()).toBe("alive");
    await world.time.pass(LEASE_MS);
    expect(await seen()).toBeUndefined();
  });
});

describe("a node's record", () => {
  const RECORD: NodeRecord = {
    store: "5f",
    boot: 3,
    zone: "a",
    address: "10.0.0.1:7600",
    peerAddress: "10.0.0.1:7602",
    build: "1.2.3",
  };

  it("is read as it was written, also with a field of a later version", () => {
    const encoded = encodeNodeRecord(RECORD);
    expect(decodeNodeRecord(encoded)).toEqual(RECORD);
    const made = JSON.parse(Buffer.from(encoded).toString()) as object;
    const later = { ...made, colour: "blue" };
    expect(decodeNodeRecord(bytes(JSON.stringify(later)))).toEqual(RECORD);
  });

  it.each(["", "{}", '{"version":2}', '{"version":1,"store":"5f"}'])("is not %j", (text) => {
    expect(() => decodeNodeRecord(bytes(text))).toThrow(/a node's record/);
  });
});
