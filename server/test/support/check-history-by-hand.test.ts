/**
 * The checker on histories written by hand: each mistake it exists for, each excuse it must accept.
 */
import { describe, expect, it } from "vitest";
import { checkHistory } from "./check-history.ts";
import type { Answer, ClaimAnswer, Command } from "./command.ts";
import type { Call } from "./history.ts";

const KEY = { namespace: "n", key: Buffer.from("k") };
const id = (name: string): Buffer => Buffer.alloc(16, name);
const options = { policyOf: () => ({ windowMs: 10_000, leaseMs: 1000 }) };

const claimed = (answer: Partial<ClaimAnswer>): ClaimAnswer => ({
  kind: "claim",
  status: "GRANTED",
  fencingToken: 0,
  attempt: 1,
  leaseMs: 1000,
  hold: false,
  reclaimed: false,
  retryAfterMs: 0,
  holder: "",
  traceparent: "",
  result: null,
  ageMs: 0,
  expiresInMs: 0,
  shadowed: false,
  hot: false,
  ...answer,
});

const call = (invokedAtMs: number, command: Command, answer?: Answer): Call => ({
  command,
  invokedAtMs,
  returnedAtMs: answer === undefined ? Infinity : invokedAtMs + 5,
  answer,
});

const grant = (atMs: number, who: string, fencingToken: number, attempt = 1): Call =>
  call(atMs, { verb: "CLAIM", ...KEY, claimId: id(who) }, claimed({ fencingToken, attempt }));
const claim = (atMs: number, who: string, answer?: Partial<ClaimAnswer>): Call =>
  call(
    atMs,
    { verb: "CLAIM", ...KEY, claimId: id(who) },
    answer === undefined ? undefined : claimed(answer),
  );
const settled = { kind: "settle", status: "APPLIED", late: false, current: null } as const;
const complete = (atMs: number, who: string, data = "done"): Call => {
  const result = { data: Buffer.from(data) };
  return call(atMs, { verb: "COMPLETE", ...KEY, claimId: id(who), result }, settled);
};
const release = (atMs: number, who: string, answered = true): Call =>
  call(
    atMs,
    { verb: "FAIL", ...KEY, claimId: id(who), outcome: "RETRYABLE" },
    answered ? settled : undefined,
  );
const forget = (atMs: number, fencingToken: number, existed = true): Call =>
  call(atMs, { verb: "FORGET", ...KEY, fencingToken }, { kind: "forget", existed });
const get = (atMs: number): Call =>
  call(atMs, { verb: "GET", ...KEY }, { kind: "get", found: false, record: null });
const done = (data: string) => ({
  status: "COMPLETED" as const,
  result: {
    data: Buffer.from(data),
    contentType: "",
    metadata: {},
    ref: "",
    omitted: false,
    sizeBytes: data.length,
  },
});

describe("checkHistory accepts", () => {
  const good: Readonly<Record<string, readonly Call[]>> = {
    "a claim sent again": [grant(0, "a", 5), grant(10, "a", 5)],
    "a duplicate after the completion": [
      grant(0, "a", 5),
      complete(10, "a"),
      claim(20, "b", done("done")),
    ],
    "a take-over after the lease": [grant(0, "a", 5), grant(1001, "b", 6, 2)],
    "a next attempt after a release": [grant(0, "a", 5), release(10, "a"), grant(20, "b", 6, 2)],
    "a next attempt after a release without an answer": [
      grant(0, "a", 5),
      release(10, "a", false),
      grant(500, "b", 6, 2),
    ],
    "a first attempt after a forget": [grant(0, "a", 5), forget(10, 5), grant(20, "b", 9)],
    "a first attempt after the window": [
      grant(0, "a", 5),
      complete(10, "a"),
      grant(10_010, "b", 9),
    ],
    "nothing after the lease and the window": [grant(0, "a", 5), get(11_000)],
    "a grant whose answer was lost": [claim(0, "a"), grant(1200, "b", 8, 2)],
  };
  it.each(Object.entries(good))("%s", (_, calls) => {
    expect(checkHistory(calls, options)).toEqual([]);
  });
});

describe("checkHistory finds", () => {
  const bad: Readonly<Record<string, readonly [RegExp, readonly Call[]]>> = {
    "two winners at once": [/two owners/, [grant(0, "a", 5), grant(10, "b", 6, 2)]],
    "two winners of one attempt": [/attempts do not grow/, [grant(0, "a", 5), grant(10, "b", 6)]],
    "two winners who overlap": [/attempts do not grow/, [grant(0, "a", 5), grant(2, "b", 6)]],
    "a take-over before the lease": [/two owners/, [grant(0, "a", 5), grant(980, "b", 6, 2)]],
    "a grant after a completion": [
      /granted again/,
      [grant(0, "a", 5), complete(10, "a"), grant(2000, "b", 6, 2)],
    ],
    "a lost grant": [/finds nothing/, [grant(0, "a", 5), get(10)]],
    "a lost completion": [
      /in phase/,
      [grant(0, "a", 5), complete(10, "a"), claim(20, "b", { status: "IN_PROGRESS" })],
    ],
    "a lost release": [
      /in phase/,
      [grant(0, "a", 5), release(10, "a"), claim(20, "b", { status: "IN_PROGRESS" })],
    ],
    "a lost forget": [/in phase/, [grant(0, "a", 5), forget(10, 5), grant(20, "a", 5)]],
    "a forget twice": [/forgotten twice/, [grant(0, "a", 5), forget(10, 5), forget(20, 5)]],
    "another result": [
      /is both/,
      [
        grant(0, "a", 5),
        complete(10, "a"),
        call(11, {
          verb: "COMPLETE",
          ...KEY,
          claimId: id("a"),
          result: { data: Buffer.from("x") },
        }),
        claim(20, "b", done("x")),
      ],
    ],
    "a result nobody gave": [
      /nobody asked/,
      [grant(0, "a", 5), complete(10, "a"), claim(20, "b", done("invented"))],
    ],
    "a key forgotten early": [
      /attempts do not grow|granted again/,
      [grant(0, "a", 5), complete(10, "a"), grant(10_000, "b", 9)],
    ],
    "a token that falls": [/in phase/, [grant(0, "a", 5), release(10, "a"), grant(20, "b", 4, 2)]],
    "a token for two": [/two claim ids/, [grant(0, "a", 5), release(10, "a"), grant(20, "b", 5)]],
    "a new token for an old claim": [/attempts do not grow/, [grant(0, "a", 5), grant(10, "a", 6)]],
    "an own claim taken for a rival's": [
      /rival's/,
      [grant(0, "a", 5), claim(10, "a", { status: "IN_PROGRESS" })],
    ],
    "an attempt out of nowhere": [/without the 2/, [grant(0, "a", 5, 3)]],
  };
  it.each(Object.entries(bad))("%s", (_, [problem, calls]) => {
    expect(checkHistory(calls, options).join("\n")).toMatch(problem);
  });
});
