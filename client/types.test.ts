import { describe, expectTypeOf, it } from "vitest";
import type {
  BatchOutcome,
  CheckAndSet,
  ClaimdClient,
  ClaimOutcome,
  GrantedClaim,
  RunOutcome,
  StoredResult,
} from "./index.ts";

describe("the types", () => {
  it("tell the answers of a claim apart by status", () => {
    const read = (outcome: ClaimOutcome): void => {
      expectTypeOf(outcome.attempt).toEqualTypeOf<number>();
      switch (outcome.status) {
        case "GRANTED":
          expectTypeOf(outcome).toEqualTypeOf<GrantedClaim>();
          break;
        case "IN_PROGRESS":
          expectTypeOf(outcome.retryAfterMs).toEqualTypeOf<number>();
          expectTypeOf(outcome).not.toHaveProperty("complete");
          break;
        case "COMPLETED":
        case "FAILED":
          expectTypeOf(outcome.result).toEqualTypeOf<StoredResult | undefined>();
          break;
        case "HELD":
        case "EXHAUSTED":
        case "MISMATCH":
          expectTypeOf(outcome).not.toHaveProperty("result");
          break;
        default:
          expectTypeOf(outcome).toEqualTypeOf<never>();
      }
    };
    expectTypeOf(read).toBeFunction();
  });

  it("give a value only where there is one", () => {
    const read = (outcome: RunOutcome<{ id: number }>): void => {
      if (outcome.omitted) {
        expectTypeOf(outcome).not.toHaveProperty("value");
        expectTypeOf(outcome.replayed).toEqualTypeOf<true>();
      } else {
        expectTypeOf(outcome.value).toEqualTypeOf<{ id: number }>();
      }
    };
    expectTypeOf(read).toBeFunction();
    const replay = { replayed: true, omitted: true, ref: "", sizeBytes: 1 } as const;
    expectTypeOf({ ...replay, attempt: 1, failedOpen: false } as const).toExtend<
      RunOutcome<string>
    >();
  });

  it("tell a first check-and-set from the others", () => {
    const read = (outcome: CheckAndSet): void => {
      if (outcome.first) expectTypeOf(outcome.fencingToken).toEqualTypeOf<number>();
      else expectTypeOf(outcome.status).not.toEqualTypeOf<"GRANTED">();
    };
    expectTypeOf(read).toBeFunction();
  });

  it("give each command of a batch the type of its outcome", () => {
    const read = (client: ClaimdClient) =>
      client.batch([
        { type: "checkAndSet", key: "k" },
        { type: "get", key: "k" },
      ]);
    type Outcomes = Awaited<ReturnType<typeof read>>;
    expectTypeOf(read).toBeFunction();
    expectTypeOf<Outcomes[0]>().toExtend<BatchOutcome<{ type: "checkAndSet"; key: string }>>();
    expectTypeOf<Extract<Outcomes[0], { ok: true }>["value"]>().toEqualTypeOf<CheckAndSet>();
  });
});
