/** The check on types must find what it is there for. */
import { describe, expect, it } from "vitest";
import { typeProblems } from "./manifest-types.ts";

const service = { apiVersion: "v1", kind: "Service", metadata: { name: "claimd" } };

describe("typeProblems", () => {
  it("finds misspelt fields, wrong types and unknown kinds", { timeout: 30_000 }, () => {
    expect(typeProblems([{ ...service, spec: { selectors: {} } } as typeof service])).toEqual([
      expect.stringContaining("Service: Object literal may only specify known properties"),
    ]);
    expect(typeProblems([{ ...service, spec: { clusterIP: 3 } } as typeof service])).toEqual([
      expect.stringContaining("not assignable"),
    ]);
    expect(typeProblems([service, { ...service, kind: "Sevice" }])).toEqual([
      expect.stringContaining("Sevice: "),
    ]);
  });
});
