import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ClusterKey, ClusterKeys } from "./cluster-keys.ts";

const keys = new ClusterKeys("prod");

describe("ClusterKeys", () => {
  it("stand where operators look for them", () => {
    expect(keys.prefix).toBe("/claimd/prod/");
    expect(keys.meta).toBe("/claimd/prod/meta");
    expect(keys.store("5f")).toBe("/claimd/prod/stores/5f");
    expect(keys.node("claimd-0")).toBe("/claimd/prod/nodes/claimd-0");
    expect(keys.partition(7)).toBe("/claimd/prod/partitions/7");
    expect(keys.namespace("payments")).toBe("/claimd/prod/namespaces/payments");
    expect(keys.namespaceIds).toBe("/claimd/prod/namespace-ids");
  });

  const name = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" });
  const thing: fc.Arbitrary<ClusterKey> = fc.oneof(
    fc.constant({ type: "meta" } as const),
    fc.constant({ type: "namespaceIds" } as const),
    name.map((store) => ({ type: "store", store }) as const),
    name.map((node) => ({ type: "node", node }) as const),
    name.map((each) => ({ type: "namespace", name: each }) as const),
    fc.nat({ max: 255 }).map((partition) => ({ type: "partition", partition }) as const),
  );
  const keyOf = (of: ClusterKeys, each: ClusterKey): string => {
    switch (each.type) {
      case "meta":
        return of.meta;
      case "namespaceIds":
        return of.namespaceIds;
      case "store":
        return of.store(each.store);
      case "node":
        return of.node(each.node);
      case "partition":
        return of.partition(each.partition);
      case "namespace":
        return of.namespace(each.name);
    }
  };

  it("are known again, whatever the names are", () => {
    fc.assert(
      fc.property(name, thing, (cluster, each) => {
        const made = new ClusterKeys(cluster);
        expect(made.parse(keyOf(made, each))).toEqual(each);
      }),
    );
  });

  it("are never those of another cluster", () => {
    fc.assert(
      fc.property(name, name, thing, (cluster, other, each) => {
        fc.pre(cluster !== other);
        const [made, foreign] = [new ClusterKeys(cluster), new ClusterKeys(other)];
        expect(foreign.parse(keyOf(made, each))).toBeUndefined();
        expect(keyOf(made, each).startsWith(foreign.prefix)).toBe(false);
      }),
    );
  });

  it.each([
    "",
    "/claimd/prod/",
    "/claimd/prod/stores/",
    "/claimd/prod/stores/a/b",
    "/claimd/prod/stores/%",
    "/claimd/prod/stores/%41",
    "/claimd/prod/partitions/007",
    "/claimd/prod/partitions/-1",
    "/claimd/prod/partitions/1e2",
    "/claimd/prod/partitions/256",
    "/claimd/prod/meta/1",
    "/claimd/prod/somethings/1",
  ])("don't know %s", (key) => {
    expect(keys.parse(key)).toBeUndefined();
  });
});
