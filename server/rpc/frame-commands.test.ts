import { type Commands, keyHash } from "@claimd/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Submission } from "../shard/submission.ts";
import { commandCount, submitCommands } from "./frame-commands.ts";
import { CLAIM_ID, group, received } from "./test/commands.ts";
import { NodeTwin } from "./test/node-twin.ts";
import { KEY as key, one, SESSION, takeFrame } from "./test/take-frame.ts";

describe("a group whose columns contradict each other", () => {
  const three = [{ key }, { key }, { key }];
  const claims = group("payments", "CLAIM", three);

  it.each<[string, Commands]>([
    ["keys: 20 bytes, 21 by their lengths", { ...claims, keys: Buffer.alloc(20) }],
    ["claim_ids: 47 bytes, 16 for each of 3 commands", { ...claims, claimIds: Buffer.alloc(47) }],
    ["fingerprint_bytes: 2 entries, one for each", { ...claims, fingerprintBytes: [1, 1] }],
    [
      "fingerprints: 4 bytes, 3 by",
      { ...claims, fingerprintBytes: [1, 1, 1], fingerprints: Buffer.alloc(4) },
    ],
    ["traceparents: 1 entries, one for each", { ...claims, traceparents: ["a"] }],
    [
      "results: 4 entries, one for each",
      { ...claims, verb: "COMPLETE", results: [{}, {}, {}, {}] },
    ],
    ["fencing_tokens: 2 entries", { ...claims, verb: "FORGET", fencingTokens: [1, 2] }],
  ])("is refused command by command: %s", (problem, bad) => {
    const groups = [group("payments", "GET", [{ key }]), bad, group("payments", "GET", [{ key }])];
    const { submitted, refused } = takeFrame(groups);
    expect([...refused.keys()]).toEqual([1, 2, 3]);
    for (const message of refused.values()) expect(message).toContain(problem);
    expect(submitted.map(({ index }) => index)).toEqual([0, 4]);
  });

  it("is refused with the reason why its namespace is not there", () => {
    const groups = ["nobody", "Not A Name", "n".repeat(65), ""].map((name) =>
      group(name, "GET", [{ key }]),
    );
    expect([...takeFrame(groups).refused.values()]).toEqual([
      "NAMESPACE_NOT_FOUND no namespace nobody",
      "INVALID_ARGUMENT namespace: other characters than a-z, 0-9 and -",
      "INVALID_ARGUMENT namespace: 65 bytes, at most 64",
      "INVALID_ARGUMENT namespace: 0 bytes, at least 1",
    ]);
  });
});

describe("submitCommands", () => {
  const bytes = (max: number, min = 0) => fc.uint8Array({ minLength: min, maxLength: max });
  // A grapheme has up to some 30 bytes: below the smallest bound. U+FFFD is refused on purpose.
  const label = fc
    .string({ maxLength: 3, unit: "grapheme" })
    .filter((text) => !text.includes("\uFFFD"));
  const command = fc.record({
    key: bytes(40, 1),
    claimId: bytes(16, 16),
    fingerprint: bytes(32),
    traceparent: label,
    result: fc.record({
      data: bytes(100).map((data) => Buffer.from(data)),
      contentType: label,
      ref: label,
      metadata: fc.dictionary(label, label, { maxKeys: 3 }),
    }),
    token: fc.nat(),
  });
  const verbs = ["CLAIM", "COMPLETE", "FAIL", "EXTEND", "GET", "FORGET"] as const;
  const groups = fc.array(
    fc.record({
      verb: fc.constantFrom(...verbs),
      commands: fc.array(command, { maxLength: 6 }),
      fields: fc.record({
        leaseMs: fc.integer({ min: 100, max: 3_600_000 }),
        windowMs: fc.integer({ min: 1000, max: 86_400_000 }),
        waitMs: fc.integer({ min: 0, max: 30_000 }),
        holder: label,
        complete: fc.boolean(),
        outcome: fc.constantFrom("RETRYABLE" as const, "TERMINAL" as const, "UNKNOWN" as const),
      }),
    }),
    { maxLength: 6 },
  );

  it("submits what was sent, index by index", () => {
    fc.assert(
      fc.property(groups, (sent) => {
        const frame = sent.map(({ verb, commands, fields }) =>
          group("payments", verb, commands, fields),
        );
        const { submitted, refused } = takeFrame(frame);
        expect([...refused]).toEqual([]);
        const flat = sent.flatMap(({ verb, commands, fields }) =>
          commands.map((each) => ({ verb, each, fields })),
        );
        expect(commandCount(received(frame))).toBe(flat.length);
        expect(submitted.map(({ index }) => index)).toEqual(flat.map((_, at) => at));
        for (const [at, { verb, each, fields }] of flat.entries()) {
          const got = submitted[at] as Submission;
          expect(got.key.equals(each.key)).toBe(true);
          expect(got.hash).toBe(keyHash("payments", each.key));
          expect(got.waitMs).toBe(verb === "CLAIM" ? fields.waitMs : 0);
          const { command: sentAs } = got;
          expect(sentAs.type).toBe(verb.toLowerCase());
          if ("claimId" in sentAs) expect([...sentAs.claimId]).toEqual([...each.claimId]);
          if (sentAs.type === "claim") {
            const { leaseMs, windowMs, holder, complete } = fields;
            expect(sentAs).toMatchObject({ leaseMs, windowMs, holder, complete });
            expect([...(sentAs.fingerprint ?? [])]).toEqual([...each.fingerprint]);
            expect(sentAs.traceparent).toBe(each.traceparent);
          }
          if (sentAs.type === "extend") expect(sentAs.leaseMs).toBe(fields.leaseMs);
          if (sentAs.type === "forget") expect(sentAs.token).toBe(each.token);
          if (sentAs.type === "fail") expect(sentAs.outcome).toBe(fields.outcome);
          if (sentAs.type === "complete" && sentAs.result !== undefined) {
            expect([...sentAs.result.data]).toEqual([...each.result.data]);
            expect({ ...sentAs.result.metadata }).toEqual({ ...each.result.metadata });
            expect(sentAs.result.contentType).toBe(each.result.contentType);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it("keeps nothing of the frame's own bytes", () => {
    const result = { data: Buffer.from("abc") };
    const frame = received([
      ...one("CLAIM", { fingerprint: CLAIM_ID }, { waitMs: 5 }),
      ...one("CLAIM", { fingerprint: CLAIM_ID }),
      ...one("COMPLETE", { result }),
    ]);
    const node = new NodeTwin({ name: "payments" });
    submitCommands(frame, node, { answer: () => undefined, flush: () => undefined }, SESSION);
    const before = JSON.stringify(node.submitted.map((each) => [each.key, each.command]));
    for (const { keys, claimIds, fingerprints, results } of frame) {
      for (const column of [keys, claimIds, fingerprints, ...results.map(({ data }) => data)]) {
        column.fill(0xff);
      }
    }
    expect(JSON.stringify(node.submitted.map((each) => [each.key, each.command]))).toBe(before);
  });

  it("counts what a command holds in memory", () => {
    const [at] = takeFrame(one("COMPLETE", { result: { data: Buffer.alloc(1000) } })).submitted;
    expect(at?.bytes).toBe(key.length + 1000);
  });
});
