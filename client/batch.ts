/**
 * `batch`: many commands at once, an outcome each. One that fails never fails the others.
 *
 * A convenience only: single calls that are made in the same moment share their frames anyway. The
 * commands of a batch are decided in no particular order.
 */
import type { ClaimdClient } from "./client.ts";
import type { CheckAndSetOptions, ClaimOptions } from "./claim.ts";
import type { CallOptions } from "./client-context.ts";
import { ClaimdError } from "./errors.ts";
import type { ExtendOptions, FailOptions, GrantedClaim, Settled } from "./granted-claim.ts";
import type { Key } from "./key-bytes.ts";
import type { CheckAndSet, ClaimOutcome, KeyRecord } from "./outcome.ts";
import type { ForgetOptions, Forgotten } from "./get-and-forget.ts";
import type { ResultInput } from "./values.ts";
import type { Outcome } from "./call.ts";

export type BatchCommand =
  | { readonly type: "claim"; readonly key: Key; readonly options?: ClaimOptions }
  | { readonly type: "checkAndSet"; readonly key: Key; readonly options?: CheckAndSetOptions }
  | { readonly type: "complete"; readonly claim: GrantedClaim; readonly result?: ResultInput }
  | {
      readonly type: "fail";
      readonly claim: GrantedClaim;
      readonly outcome: Outcome;
      readonly options?: FailOptions;
    }
  | { readonly type: "extend"; readonly claim: GrantedClaim; readonly options?: ExtendOptions }
  | { readonly type: "get"; readonly key: Key; readonly options?: CallOptions }
  | { readonly type: "forget"; readonly key: Key; readonly options: ForgetOptions };

interface Values {
  readonly claim: ClaimOutcome;
  readonly checkAndSet: CheckAndSet;
  readonly complete: Settled;
  readonly fail: Settled;
  readonly extend: Settled;
  readonly get: KeyRecord | undefined;
  readonly forget: Forgotten;
}

export type BatchOutcome<C extends BatchCommand = BatchCommand> =
  | { readonly ok: true; readonly value: Values[C["type"]] }
  | { readonly ok: false; readonly error: ClaimdError };

export async function batch<const C extends readonly BatchCommand[]>(
  client: ClaimdClient,
  commands: C,
): Promise<{ [I in keyof C]: BatchOutcome<C[I]> }> {
  const settled = await Promise.allSettled(commands.map((command) => start(client, command)));
  return settled.map((each) =>
    each.status === "fulfilled"
      ? { ok: true, value: each.value }
      : { ok: false, error: claimdError(each.reason) },
  ) as { [I in keyof C]: BatchOutcome<C[I]> };
}

async function start(
  client: ClaimdClient,
  command: BatchCommand,
): Promise<Values[BatchCommand["type"]]> {
  switch (command.type) {
    case "claim":
      return client.claim(command.key, command.options);
    case "checkAndSet":
      return client.checkAndSet(command.key, command.options);
    case "complete":
      return command.claim.complete(command.result);
    case "fail":
      return command.claim.fail(command.outcome, command.options);
    case "extend":
      return command.claim.extend(command.options);
    case "get":
      return client.get(command.key, command.options);
    case "forget":
      return client.forget(command.key, command.options);
    default:
      throw new ClaimdError("INVALID_ARGUMENT", "a command of the batch has no known type");
  }
}

function claimdError(reason: unknown): ClaimdError {
  if (reason instanceof ClaimdError) return reason;
  return new ClaimdError("INTERNAL", String(reason), { cause: reason });
}
