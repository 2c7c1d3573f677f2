/** One grant in the model's story, and what can be said of how it ended. */
import type { Result } from "../../storage/claim-record.ts";
import type { Outcome } from "../command.ts";

export type End =
  | { readonly how: "COMPLETED"; readonly result: Result | undefined }
  | { readonly how: "FAILED"; readonly result: Result | undefined }
  | { readonly how: "RELEASED"; readonly by: "owner" | "operator" | "forgetOnComplete" }
  | { readonly how: "HELD" };

export interface Grant {
  readonly claimId: string;
  readonly token: number;
  /** 0 once forget-on-complete has forgotten it. */
  attempt: number;
  fingerprint: string | undefined;
  readonly traceparent: string;
  readonly holder: string;
  readonly hold: boolean;
  readonly atMs: number;
  lease: { readonly givenAtMs: number; readonly lengthMs: number };
  windowMs: number;
  end: (End & { readonly atMs: number }) | undefined;
  /** An operator has settled it: its claim id means nothing any more. */
  disowned: boolean;
}

export function resultOf({ end }: Grant): Result | undefined {
  return end?.how === "COMPLETED" || end?.how === "FAILED" ? end.result : undefined;
}

const SAID = { COMPLETED: "COMPLETED", FAILED: "TERMINAL", HELD: "UNKNOWN" } as const;

export function saysTheSame(end: End, said: "COMPLETED" | Outcome): boolean {
  if (end.how !== "RELEASED") return SAID[end.how] === said;
  if (end.by === "forgetOnComplete") return said === "COMPLETED";
  return end.by === "owner" && said === "RETRYABLE";
}

export function storable(result: Result | undefined, maxBytes: number): Result | undefined {
  if (result === undefined) return undefined;
  const sizeBytes = result.data.length;
  if (sizeBytes <= maxBytes) return { ...result, omitted: false, sizeBytes };
  return { ...result, data: new Uint8Array(0), omitted: true, sizeBytes };
}
