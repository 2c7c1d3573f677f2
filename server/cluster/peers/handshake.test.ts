import type { PeerHandshake__Output } from "@claimd/proto";
import { describe, expect, it } from "vitest";
import { handshakeOf, type PeerIdentity, peerOf } from "./handshake.ts";
import { overTheWire } from "./test/sample-messages.ts";

const self: PeerIdentity = {
  cluster: "orders",
  node: "node-1",
  store: "a".repeat(32),
  boot: 3,
  partitions: 256,
  hash: "murmur3_32",
};
const other: PeerIdentity = { ...self, node: "node-2", store: "b".repeat(32), boot: 2 ** 53 - 1 };

const theirs = (change: Partial<PeerHandshake__Output> = {}) => {
  const { handshake } = overTheWire({ handshake: { ...handshakeOf(other), ...change } });
  return handshake;
};

describe("peerOf", () => {
  it("tells who speaks, from what handshakeOf sent", () => {
    expect(peerOf(theirs(), self)).toEqual(other);
  });

  it.each<[string, Partial<PeerHandshake__Output>, string]>([
    ["protocol", { protocol: 2 }, "protocol: 1 at node-1, 2 at node-2"],
    ["cluster", { cluster: "bills" }, 'cluster: "orders" at node-1, "bills" at node-2'],
    ["partitions", { partitions: 512 }, "partitions: 256 at node-1, 512 at node-2"],
    ["hash", { hash: "" }, 'hash: "murmur3_32" at node-1, "" at node-2'],
    [
      "several things",
      { cluster: "bills", partitions: 1 },
      'cluster: "orders" at node-1, "bills" at node-2; partitions: 256 at node-1, 1 at node-2',
    ],
    ["its own store", { store: self.store }, `store: ${self.store} is that of node-1, and node-2`],
    ["no node", { node: "" }, 'node: "", 1 to 253 of'],
    ["a node with a slash", { node: "a/b" }, 'node: "a/b", 1 to 253 of'],
    ["a long node", { node: "n".repeat(254) }, 'node: "nnn'],
    ["no store", { store: "" }, 'store: "", 1 to 253 of'],
    ["a store with a line break", { store: "a\n" }, 'store: "a\\n", 1 to'],
    ["no boot", { boot: 0 }, "boot: 0 at node-2, whole, 1 to"],
    ["a boot too large", { boot: 2 ** 53 }, "boot: 9007199254740992 at node-2"],
  ])("names both sides' values where they differ: %s", (_what, change, problem) => {
    expect(peerOf(theirs(change), self)).toContain(problem);
  });

  it("wants a handshake", () => {
    expect(peerOf(overTheWire({}).handshake, self)).toBe("handshake: missing in the first frame");
  });
});
