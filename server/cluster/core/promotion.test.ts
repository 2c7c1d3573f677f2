import { describe, expect, it } from "vitest";
import { candidateFor, promotionOf, type StoreView } from "./promotion.ts";
import { record } from "./test/replica-fixture.ts";

const view = (store: string, options: Partial<StoreView> = {}): StoreView => ({
  ...{ store, boot: 1, isActive: true, isAlive: true },
  ...options,
});

describe("candidateFor", () => {
  it("takes a listed incarnation before one that has been started again", () => {
    const views = [view("a", { isAlive: false }), view("b", { boot: 2 }), view("c")];
    expect(candidateFor(record(), views)).toEqual({ store: "c", boot: 1 });
    expect(candidateFor(record(), views.slice(0, 2))).toEqual({ store: "b", boot: 2 });
  });

  it("takes nobody who is not in sync, not alive or damaged", () => {
    const inSync = [{ store: "a", boot: 1 }];
    expect(candidateFor(record({ inSync }), [view("b"), view("c")])).toBeUndefined();
    const views = [view("a", { isAlive: false }), view("b", { isActive: false })];
    expect(candidateFor(record(), views)).toBeUndefined();
  });

  it("believes no view that is older than the record", () => {
    const inSync = [{ store: "b", boot: 4 }];
    expect(candidateFor(record({ inSync }), [view("b", { boot: 3 })])).toBeUndefined();
  });
});

describe("promotionOf", () => {
  const b = { store: "b", boot: 2 };

  it("makes the candidate leader of the next epoch, under its present boot", () => {
    const next = promotionOf(record(), b, [], 2, "new");
    const inSync = [{ store: "a", boot: 1 }, b, { store: "c", boot: 1 }];
    expect(next).toEqual(record({ epoch: 2, leader: "b", leaderBoot: 2, inSync, nonce: "new" }));
  });

  it("drops those who are gone as long as enough stay", () => {
    const stores = promotionOf(record(), b, ["a", "c"], 2, "new")?.inSync.map(({ store }) => store);
    expect(stores).toEqual(["b", "c"]);
  });

  it("never promotes a store that is not in sync", () => {
    expect(promotionOf(record(), { store: "d", boot: 1 }, [], 2, "new")).toBeUndefined();
  });
});
