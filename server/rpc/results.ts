/**
 * Results on their way in: what Complete, a terminal Fail and Resolve store.
 *
 * Never refuses data for its size: a payment that went through must not stay unsettled because its
 * receipt is long. The status is kept, the bytes are not, `omitted` says so.
 */
import type { Result__Output } from "@claimd/proto";
import type { Result } from "../storage/claim-record.ts";
import type { Policy } from "../storage/policy.ts";

const NO_BYTES = new Uint8Array(0);

/** Undefined when the message says nothing: an empty result is no result. */
export function resultOf(message: Result__Output, policy: Policy): Result | undefined {
  const { data, contentType, ref, metadata } = message;
  const sizeBytes = data.length;
  const plain = contentType === "" && ref === "" && Object.keys(metadata).length === 0;
  if (sizeBytes === 0 && plain) return undefined;
  const omitted = sizeBytes > policy.resultMaxBytes;
  return {
    // A copy: the message's own bytes are a view of the whole frame.
    data: omitted || sizeBytes === 0 ? NO_BYTES : Uint8Array.from(data),
    contentType,
    metadata,
    ref,
    omitted,
    sizeBytes,
  };
}
