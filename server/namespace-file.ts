/**
 * The policy file (`CLAIMD_NAMESPACES`): a JSON list of namespaces, fields as in `message
 * Namespace` in camel case, durations in milliseconds, what is absent stands for the default.
 */

import { readFile } from "node:fs/promises";
import { z } from "zod";
import { ClaimdError } from "./errors.ts";
import { policyOf } from "./shard/policy-rules.ts";
import type { Policy } from "./storage/policy.ts";

// The bounds are policyOf's; here it is only that no field is misspelt.
const anything = z.unknown().optional();
const namespaceFile = z.array(
  z.strictObject({
    name: z.string(),
    windowMs: anything,
    maxWindowMs: anything,
    leaseMs: anything,
    maxLeaseMs: anything,
    maxWaitMs: anything,
    onLeaseExpiry: anything,
    maxAttempts: anything,
    fingerprint: anything,
    resultMaxBytes: anything,
    forgetOnComplete: anything,
    observe: anything,
    paused: anything,
    quota: z
      .strictObject({
        claimsPerSecond: anything,
        records: anything,
        bytes: anything,
        waiting: anything,
      })
      .optional(),
  }),
);

/** Throws INVALID_CONFIGURATION with every problem in one message. */
export async function readNamespaceFile(path: string): Promise<readonly Policy[]> {
  return parseNamespaces(path, await readFile(path, "utf8").catch(refused(path)));
}

export function parseNamespaces(path: string, json: string): readonly Policy[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    refused(path)(error);
  }
  const { success, data, error } = namespaceFile.safeParse(value);
  if (!success) {
    const problems = error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw invalid(path, problems);
  }
  const problems: string[] = [];
  const policies: Policy[] = [];
  for (const [at, { quota, ...draft }] of data.entries()) {
    try {
      policies.push(policyOf(quota === undefined ? draft : { ...draft, quota }));
    } catch (error) {
      if (!(error instanceof ClaimdError)) throw error;
      problems.push(`${at}: ${error.message}`);
    }
  }
  const names = policies.map(({ name }) => name);
  const twice = names.filter((name, at) => names.indexOf(name) !== at);
  problems.push(...twice.map((name) => `${name}: named twice`));
  if (problems.length > 0) throw invalid(path, problems);
  return policies;
}

function invalid(path: string, problems: readonly string[]): ClaimdError {
  const message = [`namespaces (CLAIMD_NAMESPACES): ${path}:`, ...problems].join("\n  ");
  return new ClaimdError("INVALID_CONFIGURATION", message);
}

function refused(path: string): (error: unknown) => never {
  return (error) => {
    throw invalid(path, [error instanceof Error ? error.message : String(error)]);
  };
}
