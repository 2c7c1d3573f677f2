/**
 * A change of key format: a claim under the new key is only granted if none of the keys that the
 * same operation had before is taken.
 *
 * The old keys are looked at before the new one is claimed, so that their duplicates cost the new
 * key no attempts, and again once it is granted, which may be long after. If one was taken
 * meanwhile the grant is given back. What stands under the old key is the answer.
 *
 * What this can't cover: a claimant of the *old* format that claims the old key after the last
 * look. Both then run. Roll out so that no consumer of the old format is left before the windows of
 * the old keys are over, or stop the old ones before starting the new ones.
 */
import type { AskOptions } from "./asker.ts";
import { shapeOf } from "./call.ts";
import type { ClaimCommand } from "./claim.ts";
import { type ClientContext, tellUnsettled } from "./client-context.ts";
import type { GrantedClaim } from "./granted-claim.ts";
import type { CheckedKey } from "./key-bytes.ts";
import { type KeyRecord, keyRecord, type TakenOutcome } from "./outcome.ts";

/** What a client is told to wait when nobody can say how long the other needs. */
const RETRY_AFTER_MS = 1000;

/** What the first taken old key says; undefined when none is taken. */
export async function takenPreviously(
  { asker }: ClientContext,
  previousKeys: readonly CheckedKey[],
  { shape, fingerprint }: ClaimCommand,
  options: AskOptions,
): Promise<TakenOutcome | undefined> {
  const get = shapeOf(shape.namespace, "GET");
  const replies = await Promise.all(
    previousKeys.map((key) => asker.ask<"get">({ shape: get, key }, options)),
  );
  let taken: TakenOutcome | undefined;
  for (const { answer } of replies) {
    if (answer.record !== null) taken ??= takenBy(keyRecord(answer.record), fingerprint);
  }
  return taken;
}

/** The same, asked by the holder of the new key, who gives it back if it is not to be used. */
export async function takenMeanwhile(
  context: ClientContext,
  granted: GrantedClaim,
  look: () => Promise<TakenOutcome | undefined>,
): Promise<TakenOutcome | undefined> {
  try {
    const taken = await look();
    if (taken !== undefined) await giveBack(context, granted);
    return taken;
  } catch (error) {
    await giveBack(context, granted);
    throw error;
  }
}

/** RETRYABLE also where lapsed claims are held: nothing has run under this grant. */
async function giveBack(context: ClientContext, granted: GrantedClaim): Promise<void> {
  await granted.fail("RETRYABLE").catch((error: unknown) => {
    tellUnsettled(context, granted.namespace, error);
  });
}

function takenBy(record: KeyRecord, fingerprint: Uint8Array | undefined): TakenOutcome | undefined {
  const { attempt, traceparent, ageMs, expiresInMs, holder, result, leaseLeftMs } = record;
  const taken = { attempt, traceparent, ageMs, expiresInMs };
  if (record.next === "GRANTED") return undefined;
  if (fingerprint !== undefined && record.fingerprint.length > 0) {
    if (Buffer.compare(fingerprint, record.fingerprint) !== 0) {
      return { status: "MISMATCH", ...taken };
    }
  }
  switch (record.next) {
    case "IN_PROGRESS":
      return {
        status: "IN_PROGRESS",
        ...taken,
        holder,
        retryAfterMs: Math.min(leaseLeftMs, RETRY_AFTER_MS),
      };
    case "COMPLETED":
    case "FAILED":
      return { status: record.next, ...taken, result };
    default:
      return { status: record.next, ...taken };
  }
}
