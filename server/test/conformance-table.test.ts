/**
 * Every cell of the contract's table of states and commands, against a real server, over each of
 * the three ways to ask.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ClaimCommand, Command, FailCommand } from "./support/command.ts";
import { KeyAsker, sleep } from "./support/key-asker.ts";
import { endNodes, TestNode } from "./support/test-node.ts";
import { TRANSPORTS } from "./support/transports.ts";

const NAMESPACE = "table";
const LAPSE_MS = 100;
const RESULT = { data: Buffer.from("result"), contentType: "text/plain" };

type State = "absent" | "running" | "lapsed" | "RELEASED" | "COMPLETED" | "FAILED" | "HELD";
type Row = Readonly<Record<State, object>>;

/** Brings the key into the state; `own` is who brought it there. */
const bring: Readonly<Record<State, (key: KeyAsker) => Promise<void>>> = {
  absent: () => Promise.resolve(),
  running: async (key) => {
    await key.claim();
  },
  lapsed: async (key) => {
    await key.claim(key.own, { leaseMs: LAPSE_MS });
    await sleep(LAPSE_MS + 40);
  },
  RELEASED: async (key) => {
    await key.claim();
    await key.fail("RETRYABLE");
  },
  COMPLETED: async (key) => {
    await key.claim();
    await key.complete(key.own, RESULT);
  },
  FAILED: async (key) => {
    await key.claim();
    await key.fail("TERMINAL", key.own, RESULT);
  },
  HELD: async (key) => {
    await key.claim();
    await key.fail("UNKNOWN");
  },
};

type Who = "own" | "other";
const claim =
  (who: Who, options: Partial<ClaimCommand> = {}) =>
  (key: KeyAsker): Command => ({ verb: "CLAIM", ...key.on, claimId: key[who], ...options });
const complete =
  (who: Who) =>
  (key: KeyAsker): Command => ({ verb: "COMPLETE", ...key.on, claimId: key[who], result: RESULT });
const fail =
  (who: Who, outcome: FailCommand["outcome"]) =>
  (key: KeyAsker): Command => ({ verb: "FAIL", ...key.on, claimId: key[who], outcome });
const extend =
  (who: Who) =>
  (key: KeyAsker): Command => ({ verb: "EXTEND", ...key.on, claimId: key[who] });

const spent = { kind: "error", code: 9, reason: "CLAIM_ID_SPENT" };
const notFound = { status: "NOT_FOUND" };
const applied = { status: "APPLIED", late: false };
const late = { status: "APPLIED", late: true };
const staleAll = {
  absent: notFound,
  running: { status: "STALE_OWNER", current: { state: "IN_PROGRESS", lapsed: false, attempt: 1 } },
  lapsed: { status: "STALE_OWNER", current: { state: "IN_PROGRESS", lapsed: true } },
  RELEASED: { status: "STALE_OWNER", current: { state: "RELEASED" } },
  COMPLETED: { status: "STALE_OWNER", current: { state: "COMPLETED", result: RESULT } },
  FAILED: { status: "STALE_OWNER", current: { state: "FAILED", result: RESULT } },
  HELD: { status: "STALE_OWNER", current: { state: "HELD" } },
} as const;
const again = (state: State): object => ({ ...staleAll[state], status: "ALREADY_APPLIED" });
const first = { status: "GRANTED", attempt: 1, reclaimed: false, shadowed: false };

const ROWS: readonly [name: string, command: (key: KeyAsker) => Command, row: Row][] = [
  [
    "a claim by its owner",
    claim("own"),
    {
      absent: first,
      running: first,
      lapsed: first,
      RELEASED: spent,
      COMPLETED: { status: "COMPLETED", attempt: 1, result: RESULT },
      FAILED: { status: "FAILED", attempt: 1, result: RESULT },
      HELD: { status: "HELD", attempt: 1 },
    },
  ],
  [
    "a claim by another",
    claim("other"),
    {
      absent: first,
      running: { status: "IN_PROGRESS", attempt: 1 },
      lapsed: { status: "GRANTED", attempt: 2, reclaimed: true },
      RELEASED: { status: "GRANTED", attempt: 2, reclaimed: false },
      COMPLETED: { status: "COMPLETED", attempt: 1, result: RESULT },
      FAILED: { status: "FAILED", attempt: 1, result: RESULT },
      HELD: { status: "HELD", attempt: 1 },
    },
  ],
  [
    "a one-shot claim by another",
    claim("other", { complete: true }),
    {
      absent: first,
      running: { status: "IN_PROGRESS", attempt: 1 },
      lapsed: { status: "GRANTED", attempt: 2 },
      RELEASED: { status: "GRANTED", attempt: 2 },
      COMPLETED: { status: "COMPLETED", attempt: 1 },
      FAILED: { status: "FAILED", attempt: 1 },
      HELD: { status: "HELD", attempt: 1 },
    },
  ],
  [
    "Complete by its owner",
    complete("own"),
    {
      ...staleAll,
      running: applied,
      lapsed: late,
      COMPLETED: again("COMPLETED"),
      HELD: late,
    },
  ],
  [
    "Fail RETRYABLE by its owner",
    fail("own", "RETRYABLE"),
    { ...staleAll, running: applied, lapsed: late, RELEASED: again("RELEASED"), HELD: late },
  ],
  [
    "Fail TERMINAL by its owner",
    fail("own", "TERMINAL"),
    { ...staleAll, running: applied, lapsed: late, FAILED: again("FAILED"), HELD: late },
  ],
  [
    "Fail UNKNOWN by its owner",
    fail("own", "UNKNOWN"),
    { ...staleAll, running: applied, lapsed: late, HELD: again("HELD") },
  ],
  [
    "Extend by its owner",
    extend("own"),
    { ...staleAll, running: { status: "APPLIED" }, lapsed: { status: "APPLIED" } },
  ],
  ["Complete by another", complete("other"), staleAll],
  ["Fail RETRYABLE by another", fail("other", "RETRYABLE"), staleAll],
  ["Fail TERMINAL by another", fail("other", "TERMINAL"), staleAll],
  ["Fail UNKNOWN by another", fail("other", "UNKNOWN"), staleAll],
  ["Extend by another", extend("other"), staleAll],
];

const forget = (key: KeyAsker): Command => ({ verb: "FORGET", ...key.on });

let node: TestNode;
beforeAll(async () => {
  node = await TestNode.start();
  await node.put({ name: NAMESPACE });
});
afterAll(endNodes);

describe.each(Object.entries(TRANSPORTS))("the table of states over %s", (_name, open) => {
  let transport: ReturnType<typeof open>;
  beforeAll(() => {
    transport = open(node.claims);
  });
  afterAll(() => {
    transport.close();
  });

  describe.each(ROWS)("%s", (_, command, row) => {
    it.each(Object.keys(row) as State[])("of a key that is %s", async (state) => {
      const key = new KeyAsker(transport, NAMESPACE);
      await bring[state](key);
      const before = await key.get();
      const answer = await transport.ask(command(key));
      expect(answer).toMatchObject(row[state]);
      if (answer.kind === "error" || (answer.kind === "settle" && answer.status !== "APPLIED")) {
        expect(steady(await key.get())).toEqual(steady(before));
      }
    });
  });

  it.each(Object.keys(bring) as State[])("forgets a key that is %s", async (state) => {
    const key = new KeyAsker(transport, NAMESPACE);
    await bring[state](key);
    expect(await transport.ask(forget(key))).toEqual({
      kind: "forget",
      existed: state !== "absent",
    });
    expect(await key.get()).toMatchObject({ found: false });
    expect(await key.claim(key.other)).toMatchObject({ status: "GRANTED", attempt: 1 });
  });
});

/** A record without what time alone changes. */
function steady({ found, record }: Awaited<ReturnType<KeyAsker["get"]>>): unknown {
  return { found, record: record && { ...record, ageMs: 0, expiresInMs: 0, leaseLeftMs: 0 } };
}
