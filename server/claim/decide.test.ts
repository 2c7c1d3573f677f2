import { describe, expect, it } from "vitest";
import type { ClaimRecord } from "../storage/claim-record.ts";
import { decide } from "./decide.ts";
import type { Decision, Turn } from "./decision.ts";
import type { Refusal } from "./reply.ts";
import { POLICY, T0, turn } from "./test/samples.ts";
import { COMMANDS, type CommandCase, type View, VIEWS } from "./test/transition-cases.ts";
import { TABLE } from "./test/transition-table.ts";

const NEXT_TOKEN = 100;

/** A decision in the words of the table. */
function inWords({ reply, write }: Decision, before: ClaimRecord | undefined): string {
  const after = write === undefined ? "" : ` → ${write === "removed" ? write : write.state}`;
  switch (reply.type) {
    case "claim": {
      if (reply.status !== "GRANTED") return reply.status + after;
      if (reply.token === before?.token) return `GRANTED again${after}`;
      expect(reply.token).toBe(NEXT_TOKEN);
      return `GRANTED ${reply.attempt}${reply.reclaimed ? " reclaimed" : ""}${after}`;
    }
    case "settle":
      return `${reply.status}${reply.late ? " late" : ""}${after}`;
    case "get":
      return (reply.record === undefined ? "nothing" : "found") + after;
    case "forget":
      return (reply.existed ? "existed" : "nothing") + after;
    case "refused":
      return reply.code + after;
  }
}

function decided(view: View, command: CommandCase, options: Partial<Turn> = {}): Decision {
  const [record, afterMs, policy] = VIEWS[view];
  const nowMs = T0 + afterMs;
  const given = turn({
    nowMs,
    nextToken: NEXT_TOKEN,
    policy: { ...POLICY, ...policy },
    ...options,
  });
  return decide(record, COMMANDS[command], given);
}

const views = Object.keys(TABLE) as View[];
const commands = Object.keys(COMMANDS) as CommandCase[];

describe.each(views)("decide, %s", (view) => {
  it.each(commands)("%s", (command) => {
    expect(inWords(decided(view, command), VIEWS[view][0])).toBe(TABLE[view][command]);
  });
});

describe("decide, while grants are refused", () => {
  const paused: Refusal = { type: "refused", code: "PAUSED", message: "paused", retryAfterMs: 0 };

  it.each(views)("%s: refuses what would be granted anew and nothing else", (view) => {
    for (const command of commands) {
      const expected = TABLE[view][command];
      const grantsAnew = /^GRANTED [13]/.test(expected);
      const decision = decided(view, command, { grantsRefused: paused });
      expect(inWords(decision, VIEWS[view][0]), command).toBe(grantsAnew ? "PAUSED" : expected);
    }
  });
});

describe("decide", () => {
  it("never changes what it is given", () => {
    const before = JSON.stringify([VIEWS, COMMANDS]);
    for (const view of views) for (const command of commands) decided(view, command);
    expect(JSON.stringify([VIEWS, COMMANDS])).toBe(before);
  });

  it("tells what stands with STALE_OWNER and ALREADY_APPLIED, and only then", () => {
    for (const view of views) {
      for (const command of commands) {
        const { reply } = decided(view, command);
        if (reply.type !== "settle") continue;
        const tells = reply.status === "STALE_OWNER" || reply.status === "ALREADY_APPLIED";
        expect(reply.current?.token, `${view} ${command}`).toBe(tells ? 42 : undefined);
      }
    }
  });

  it("changes no more than lease and record when the same command comes twice", () => {
    for (const view of views) {
      for (const command of commands) {
        const [before, afterMs, policy] = VIEWS[view];
        const first = decided(view, command);
        if (first.write === undefined || first.write === "removed") continue;
        const given = turn({ nowMs: T0 + afterMs, policy: { ...POLICY, ...policy } });
        const second = decide(first.write, COMMANDS[command], { ...given, nextToken: 101 });
        expect(second.write, `${view} ${command} ${before?.state}`).toBeUndefined();
      }
    }
  });
});
