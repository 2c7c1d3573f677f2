/** A frame taken apart by the code under test, and what became of its commands. */
import type { Commands } from "@claimd/proto";
import { expect } from "vitest";
import type { Reply } from "../../claim/reply.ts";
import type { PolicyDraft } from "../../shard/policy-rules.ts";
import type { Submission } from "../../shard/submission.ts";
import { type FrameRules, submitCommands } from "../frame-commands.ts";
import { type GroupFields, group, type PlainCommand, received } from "./commands.ts";
import { NodeTwin } from "./node-twin.ts";

export const KEY = Buffer.from("order-1");
export const SESSION: FrameRules = { waits: true, maxWaitMs: Infinity, missing: new Map() };
export interface Outcome {
  readonly submitted: readonly Submission[];
  readonly refused: ReadonlyMap<number, string>;
}

export function takeFrame(
  groups: readonly Commands[],
  rules = SESSION,
  draft: Partial<PolicyDraft> = {},
): Outcome {
  const node = new NodeTwin({ ...draft, name: "payments" });
  const refused = new Map<number, string>();
  const asker = {
    answer: (index: number, reply: Reply) => {
      expect(refused.has(index)).toBe(false);
      if (reply.type === "refused") refused.set(index, `${reply.code} ${reply.message}`);
    },
    flush: () => undefined,
  };
  const submitted: Submission[] = [];
  const sink = { namespaces: node.namespaces, submit: (each: Submission) => submitted.push(each) };
  submitCommands(received(groups), sink, asker, rules);
  return { submitted, refused };
}

/** A frame of one command. */
export const one = (
  verb: NonNullable<Commands["verb"]>,
  command: Partial<PlainCommand> = {},
  fields: GroupFields = {},
) => [group("payments", verb, [{ key: KEY, ...command }], fields)];
