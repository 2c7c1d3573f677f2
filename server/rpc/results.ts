/**
 * Results on their way in: what Complete, a terminal Fail and Resolve store.
 *
 * Never refuses data for its size: a payment that went through must not stay unsettled because its
 * receipt is long. What is too large for the namespace is dropped where it is decided (claim/);
 * what is too large for any message the client drops, and says so and how large it was.
 */
import type { Result__Output } from "@claimd/proto";
import type { Result } from "../storage/claim-record.ts";

/** Undefined when the message says nothing: an empty result is no result. */
export function resultOf(message: Result__Output): Result | undefined {
  const { data, contentType, ref, metadata } = message;
  const omitted = message.omitted && data.length === 0;
  const plain = contentType === "" && ref === "" && Object.keys(metadata).length === 0;
  if (data.length === 0 && plain && !omitted) return undefined;
  return {
    // A copy: the message's own bytes are a view of the whole frame.
    data: Uint8Array.from(data),
    contentType,
    metadata,
    ref,
    omitted,
    sizeBytes: omitted ? message.sizeBytes : data.length,
  };
}
