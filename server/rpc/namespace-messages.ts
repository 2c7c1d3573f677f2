/** Policies to and from messages. In a message 0 stands for the default. */
import type { Namespace as Message, Namespace__Output } from "@claimd/proto";
import { type PolicyDraft, policyOf } from "../shard/policy-rules.ts";
import type { Policy } from "../storage/policy.ts";

/** Throws INVALID_ARGUMENT. */
export function policyFrom(message: Namespace__Output): Policy {
  const { quota, ...fields } = message;
  const draft: PolicyDraft = quota === null ? fields : { ...fields, quota };
  return policyOf(draft);
}

export function namespaceMessage(policy: Policy): Message {
  return { ...policy, quota: { ...policy.quota } };
}
