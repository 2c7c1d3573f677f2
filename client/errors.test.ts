import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { ClaimdError, errorOfRefusal, errorOfStreamEnd, isClaimdError } from "./errors.ts";
import { isRetryable } from "./retry.ts";

const refusal = (code: number, reason: string) =>
  errorOfRefusal({ code, reason, message: "m", retryAfterMs: 9, leader: "", epoch: 0 });

describe("errorOfRefusal", () => {
  it.each([
    [status.UNAVAILABLE, "DRAINING", "UNAVAILABLE", true],
    [status.UNAVAILABLE, "STORAGE_UNAVAILABLE", "UNAVAILABLE", true],
    [status.UNAVAILABLE, "PAUSED", "PAUSED", false],
    [status.FAILED_PRECONDITION, "NOT_LEADER", "UNAVAILABLE", true],
    [status.FAILED_PRECONDITION, "CLAIM_ID_SPENT", "CLAIM_ID_SPENT", false],
    [status.RESOURCE_EXHAUSTED, "QUOTA_EXCEEDED", "RESOURCE_EXHAUSTED", false],
    [status.INVALID_ARGUMENT, "INVALID_ARGUMENT", "INVALID_ARGUMENT", false],
    [status.NOT_FOUND, "NAMESPACE_NOT_FOUND", "NAMESPACE_NOT_FOUND", false],
    [status.CANCELLED, "CANCELLED", "ABORTED", false],
    [status.UNAUTHENTICATED, "", "UNAUTHENTICATED", false],
    [status.PERMISSION_DENIED, "", "PERMISSION_DENIED", false],
    [99, "NEWER_THAN_US", "INTERNAL", false],
  ])("%i %s is %s, retried: %s", (code, reason, expected, retried) => {
    const error = refusal(code, reason);
    expect(error).toMatchObject({ code: expected, reason, retryAfterMs: 9 });
    expect(isRetryable(error)).toBe(retried);
  });
});

describe("errorOfStreamEnd", () => {
  it("takes every end for a broken connection, but for those that would come again", () => {
    const { OK, INTERNAL, CANCELLED, UNKNOWN, UNAVAILABLE } = status;
    for (const code of [OK, INTERNAL, CANCELLED, UNKNOWN, UNAVAILABLE]) {
      expect(errorOfStreamEnd(code, "", "").code).toBe("UNAVAILABLE");
    }
    expect(errorOfStreamEnd(status.UNIMPLEMENTED, "", "").code).toBe("INTERNAL");
    expect(errorOfStreamEnd(status.UNAUTHENTICATED, "", "").code).toBe("UNAUTHENTICATED");
    const reason = "TOO_MANY_SESSIONS";
    const sessions = errorOfStreamEnd(status.RESOURCE_EXHAUSTED, "full", reason, 1000);
    expect(sessions).toMatchObject({ code: "RESOURCE_EXHAUSTED", reason, retryAfterMs: 1000 });
  });
});

describe("isClaimdError", () => {
  it("asks for any code, or for one of some", () => {
    const error = new ClaimdError("PAUSED", "m");
    expect(isClaimdError(error)).toBe(true);
    expect(isClaimdError(error, "HELD", "PAUSED")).toBe(true);
    expect(isClaimdError(error, "HELD")).toBe(false);
    expect(isClaimdError(new Error("m"))).toBe(false);
  });
});
