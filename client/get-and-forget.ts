/**
 * `get` and `forget`: looking at a key, and removing what is known of it.
 *
 * Forget names the grant it means by its fencing token, so that a copy sent again can't hit a newer
 * one. With token 0 it means whatever is there, and is never sent again.
 */
import { type Command, shapeOf } from "./call.ts";
import { timeoutOf } from "./claim.ts";
import type { CallOptions, ClientContext } from "./client-context.ts";
import { checkedKey, type Key } from "./key-bytes.ts";
import { namespaceProblem, rangeProblem, refuse } from "./option-checks.ts";
import { type KeyRecord, keyRecord } from "./outcome.ts";

export interface ForgetOptions extends CallOptions {
  /** The grant that is meant; 0 = whatever is there. No default: say which. */
  readonly fencingToken: number;
}

export interface Forgotten {
  /** False also when the key now holds another grant than the one named. */
  readonly existed: boolean;
}

const TOKEN = { min: 0, max: Number.MAX_SAFE_INTEGER };

export async function get(
  context: ClientContext,
  key: Key,
  options: CallOptions = {},
): Promise<KeyRecord | undefined> {
  const command = { shape: shapeOf(namespaceOf(context, options), "GET"), key: checkedKey(key) };
  const { answer } = await context.asker.ask<"get">(command, {
    timeoutMs: timeoutOf(context, options.timeoutMs),
    signal: options.signal,
  });
  return answer.found && answer.record !== null ? keyRecord(answer.record) : undefined;
}

export async function forget(
  context: ClientContext,
  key: Key,
  options: ForgetOptions,
): Promise<Forgotten> {
  const { fencingToken } = options;
  refuse(rangeProblem("fencingToken", fencingToken, TOKEN));
  const namespace = namespaceOf(context, options);
  const command: Command = {
    shape: shapeOf(namespace, "FORGET"),
    key: checkedKey(key),
    fencingToken,
  };
  forgetKept(context, namespace, command);
  const { answer } = await context.asker.ask<"forget">(command, {
    timeoutMs: timeoutOf(context, options.timeoutMs),
    signal: options.signal,
  });
  forgetKept(context, namespace, command);
  return { existed: answer.existed };
}

function forgetKept({ cache, hotKeys }: ClientContext, namespace: string, { key }: Command): void {
  cache?.delete(namespace, key);
  hotKeys.forget(namespace, key);
}

function namespaceOf({ settings }: ClientContext, { namespace }: CallOptions): string {
  if (namespace === undefined) return settings.namespace;
  refuse(namespaceProblem(namespace));
  return namespace;
}
