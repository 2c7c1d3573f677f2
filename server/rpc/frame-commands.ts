/**
 * Commands in columns → submissions: the border behind which no field is missing or out of bounds.
 * A unary call is a frame of one command, so that every way of asking is checked by the same lines.
 *
 * One bad command never fails its frame: it is answered with a refusal in its place. A group whose
 * columns contradict each other is refused command by command, its number being that of key_bytes.
 *
 * What is submitted never points into the frame's own bytes: a small key kept for long must not
 * hold a message of 4 MiB. One copy per column does; a claim that may be parked gets its own.
 */
import { type Commands__Output, keyHash } from "@claimd/proto";
import type { Command } from "../claim/command.ts";
import type { Refusal } from "../claim/reply.ts";
import { LIMITS } from "../limits.ts";
import type { Asker } from "../shard/submission.ts";
import { commandsOf, lengthsProblem } from "./command-columns.ts";
import { bytesProblem, namespaceNameProblem } from "./field-checks.ts";
import type { NodeService } from "./node.ts";

export interface FrameRules {
  /** Whether claims may be parked at all; a Batch refuses wait_ms. */
  readonly waits: boolean;
  /** How long the caller will be there; a claim that is parked is answered before. */
  readonly maxWaitMs: number;
  /** Why a namespace that the node does not know could not be made. */
  readonly missing: ReadonlyMap<string, Refusal>;
}

const { min: MIN_KEY_BYTES, max: MAX_KEY_BYTES } = LIMITS.keyBytes;

export function invalid(message: string): Refusal {
  return { type: "refused", code: "INVALID_ARGUMENT", message, retryAfterMs: 0 };
}

export function commandCount(groups: readonly Commands__Output[]): number {
  let count = 0;
  for (const group of groups) count += group.keyBytes.length;
  return count;
}

/** Submits every command of a frame, or answers it with a refusal. The caller flushes. */
export function submitCommands(
  groups: readonly Commands__Output[],
  node: Pick<NodeService, "namespaces" | "submit">,
  asker: Asker,
  rules: FrameRules,
): void {
  let index = 0;
  for (const group of groups) {
    const refused = submitGroup(group, index, node, asker, rules);
    const end = index + group.keyBytes.length;
    if (refused !== undefined) for (let at = index; at < end; at++) asker.answer(at, refused);
    index = end;
  }
}

/** Why none of the group's commands can be taken; undefined when each was taken or refused. */
function submitGroup(
  group: Commands__Output,
  first: number,
  node: Pick<NodeService, "namespaces" | "submit">,
  asker: Asker,
  rules: FrameRules,
): Refusal | undefined {
  const namespace = node.namespaces.get(group.namespace);
  if (namespace === undefined) return unknownNamespace(group.namespace, rules);
  const { keyBytes } = group;
  const problem = lengthsProblem("keys", group.keys.length, keyBytes);
  if (problem !== undefined) return invalid(problem);
  const commandAt = commandsOf(group, namespace.policy, rules.waits);
  if (typeof commandAt === "string") return invalid(commandAt);

  const waitMs = group.verb === "CLAIM" ? Math.min(group.waitMs, rules.maxWaitMs) : 0;
  const keys = waitMs > 0 ? group.keys : Buffer.from(group.keys);
  let keyAt = 0;
  for (let at = 0; at < keyBytes.length; at++) {
    const index = first + at;
    const length = keyBytes[at] as number;
    const view = keys.subarray(keyAt, keyAt + length);
    keyAt += length;
    const command = commandAt(at);
    if (length < MIN_KEY_BYTES || length > MAX_KEY_BYTES) {
      const problem = bytesProblem("key", length, MIN_KEY_BYTES, MAX_KEY_BYTES);
      asker.answer(index, invalid(problem ?? "key"));
    } else if (typeof command === "string") {
      asker.answer(index, invalid(command));
    } else {
      const key = waitMs > 0 ? Buffer.from(view) : view;
      const hash = keyHash(namespace.name, key);
      const bytes = length + bytesOfResult(command);
      node.submit({ namespace, hash, key, command, waitMs, bytes, asker, index });
    }
  }
  return undefined;
}

function unknownNamespace(name: string, rules: FrameRules): Refusal {
  const problem = namespaceNameProblem("namespace", name);
  if (problem !== undefined) return invalid(problem);
  return (
    rules.missing.get(name) ?? {
      type: "refused",
      code: "NAMESPACE_NOT_FOUND",
      message: `no namespace ${name}`,
      retryAfterMs: 0,
    }
  );
}

function bytesOfResult(command: Command): number {
  if (command.type !== "complete" && command.type !== "fail") return 0;
  const { result } = command;
  return result === undefined ? 0 : result.data.length + result.ref.length;
}
