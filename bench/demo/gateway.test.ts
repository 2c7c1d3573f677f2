/** The gateway must be what the demo says it is: one key, one charge. */
import { describe, expect, it, onTestFinished } from "vitest";
import { Gateway, type Interference } from "./gateway.ts";
import type { Ledger, LedgerLine } from "./ledger.ts";

async function openGateway(interference: Partial<Interference> = {}) {
  const charged: LedgerLine[] = [];
  const ledger: Pick<Ledger, "append"> = {
    append: (line) => {
      charged.push(line);
      return new Promise((resolve) => setImmediate(resolve));
    },
  };
  const gateway = new Gateway(ledger, {
    beforeEffect: () => "go on",
    afterEffect: () => "go on",
    ...interference,
  });
  const url = await gateway.listen();
  onTestFinished(() => {
    gateway.close();
  });
  const charge = async (key: string): Promise<string> => {
    const body = JSON.stringify({ consumer: 1, order: { id: "a", amountCents: 5 } });
    const response = await fetch(url, {
      method: "POST",
      body,
      headers: { "idempotency-key": key },
    });
    return `${response.status} ${await response.text()}`;
  };
  return { gateway, charged, charge };
}

describe("Gateway", () => {
  it("charges once for a key, also when it is asked twice at once", async () => {
    const { gateway, charged, charge } = await openGateway();
    const receipts = await Promise.all([charge("k"), charge("k"), charge("k")]);
    expect(new Set(receipts)).toEqual(new Set(["200 receipt-1"]));
    expect(charged).toHaveLength(1);
    expect([gateway.asked, gateway.seenBefore]).toEqual([3, 2]);
  });

  it("charges for every other key", async () => {
    const { charged, charge } = await openGateway();
    await charge("k");
    expect(await charge("l")).toBe("200 receipt-2");
    expect(charged).toHaveLength(2);
  });

  it("charges nothing when it refuses or is stopped before the effect", async () => {
    const answers = ["refuse", "stop"] as const;
    let asked = 0;
    const { charged, charge } = await openGateway({
      beforeEffect: () => answers[asked++] ?? "go on",
    });
    expect(await charge("k")).toBe("503 come again");
    await expect(charge("k")).rejects.toThrow();
    expect(charged).toEqual([]);
  });

  it("has charged when it is stopped after the effect, and tells the next", async () => {
    let asked = 0;
    const { charged, charge } = await openGateway({
      afterEffect: () => (asked++ === 0 ? "stop" : "go on"),
    });
    await expect(charge("k")).rejects.toThrow();
    expect(await charge("k")).toBe("200 receipt-1");
    expect(charged).toHaveLength(1);
  });
});
