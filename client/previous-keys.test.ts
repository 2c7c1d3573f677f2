import { describe, expect, it } from "vitest";
import { clientOf, granted } from "./testing/client-of.ts";
import { MapServer } from "./testing/map-server.ts";

describe("previousKeys", () => {
  it("grants where none of them is taken", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const released = await granted(client, "old-2");
    await released.fail("RETRYABLE");
    const claim = await granted(client, "new", { previousKeys: ["old-1", "old-2"] });
    expect(claim.attempt).toBe(1);
  });

  it("answers what stands under a taken one, and leaves the new key alone", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    const old = await granted(client, "old");
    const options = { previousKeys: ["older", "old"] };
    expect(await client.claim("new", options)).toMatchObject({ status: "IN_PROGRESS", attempt: 1 });
    expect(server.keys.get("a:new")).toBeNull();
    await old.complete({ value: "from before" });
    const replay = await client.run("new", () => "again", options);
    expect(replay).toMatchObject({ replayed: true, value: "from before" });
  });

  it("gives the new key back when an old one was taken meanwhile", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    server.faults.refuse = (verb) => {
      const old = { name: "a:old", claimId: "1", leaseMs: 0, complete: true, holder: "" };
      if (verb === "CLAIM") server.keys.claim(old);
      return undefined;
    };
    const outcome = await client.claim("new", { previousKeys: ["old"] });
    expect(outcome).toMatchObject({ status: "COMPLETED" });
    expect(server.keys.get("a:new")).toMatchObject({ state: "RELEASED" });
  });

  it("waits for one that is running, although the new key was granted meanwhile", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    let claims = 0;
    server.faults.refuse = (verb) => {
      const old = { name: "a:old", claimId: "1", leaseMs: 300, complete: false, holder: "" };
      if (verb === "CLAIM" && ++claims === 1) server.keys.claim(old);
      return undefined;
    };
    const options = { previousKeys: ["old"], onDuplicate: "wait" } as const;
    expect(await client.run("new", () => 7, options)).toMatchObject({ replayed: false, value: 7 });
    // The first grant was given back, which spends its claim id.
    expect(new Set(server.keys.grants.get("a:new")).size).toBe(2);
  });

  it("gives the new key back when the old ones can't be looked at again", async () => {
    await using server = await new MapServer().start();
    await using client = clientOf(server);
    let looks = 0;
    server.faults.refuse = (verb) =>
      verb === "GET" && ++looks === 2 ? { code: 8, reason: "QUEUE_FULL" } : undefined;
    const asked = client.claim("new", { previousKeys: ["old"] });
    await expect(asked).rejects.toMatchObject({ code: "RESOURCE_EXHAUSTED" });
    expect(server.keys.get("a:new")).toMatchObject({ state: "RELEASED" });
  });
});
