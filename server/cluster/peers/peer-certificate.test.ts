import { describe, expect, it } from "vitest";
import { alternativeNames, certificateProblem } from "./peer-certificate.ts";

const node = { cluster: "orders", node: "node-1" };
const naming = (subjectaltname: string) => certificateProblem({ subjectaltname }, node);

describe("certificateProblem", () => {
  it.each([
    ["DNS:node-1"],
    ["URI:claimd://orders/node-1"],
    ["DNS:localhost, IP Address:127.0.0.1, DNS:node-1"],
    ['DNS:"odd, name", URI:claimd://orders/node-1, DNS:other'],
  ])("takes %s", (names) => {
    expect(naming(names)).toBeUndefined();
  });

  it.each([
    ["another node", "DNS:node-2"],
    ["another cluster", "URI:claimd://bills/node-1"],
    ["another scheme", "URI:spiffe://orders/node-1"],
    ["more than the node", "URI:claimd://orders/node-1/x"],
    ["a wildcard", "DNS:*, DNS:node-*"],
    ["the name as another kind", "email:node-1, IP Address:node-1"],
    ["the name inside another one", 'DNS:"a, DNS:node-1, b"'],
    ["the name inside quoted quotes", 'DNS:"a\\", DNS:node-1, \\"b"'],
    ["what can't be taken apart", 'DNS:node-1, "'],
    ["nothing", ""],
  ])("refuses %s, by name", (_what, names) => {
    expect(naming(names)).toMatch(/^certificate: names .*; of node node-1 it must name/);
  });

  it("refuses no certificate at all", () => {
    expect(certificateProblem(undefined, node)).toBe(
      "certificate: names nobody; of node node-1 it must name " +
        "URI:claimd://orders/node-1 or DNS:node-1",
    );
  });
});

describe("alternativeNames", () => {
  it("takes the list apart, names in quotes as one", () => {
    expect(alternativeNames('DNS:a, URI:"b, DNS:c", IP Address:0:0:0:0:0:0:0:1')).toEqual([
      "DNS:a",
      'URI:"b, DNS:c"',
      "IP Address:0:0:0:0:0:0:0:1",
    ]);
  });
});
