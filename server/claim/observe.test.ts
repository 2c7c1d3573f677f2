import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../errors.ts";
import { decide } from "./decide.ts";
import { shadow } from "./observe.ts";
import { LEASE_MS, POLICY, T0, turn } from "./test/samples.ts";
import { COMMANDS, type CommandCase, type View, VIEWS } from "./test/transition-cases.ts";
import { TABLE } from "./test/transition-table.ts";

const views = Object.keys(TABLE) as View[];
const commands = Object.keys(COMMANDS) as CommandCase[];

describe.each(views)("shadow, %s", (view) => {
  it.each(commands)("%s", (name) => {
    const [record, afterMs, policy] = VIEWS[view];
    const given = turn({ nowMs: T0 + afterMs, policy: { ...POLICY, ...policy, observe: true } });
    const command = COMMANDS[name];
    const decided = decide(record, command, given);
    const before = structuredClone(decided);
    const answered = shadow(command, decided, given);
    expect(decided).toEqual(before);
    expect(answered.write).toBe(decided.write);

    const expected = TABLE[view][name].replace(/ →.*/, "");
    const goesOn = /^(GRANTED|APPLIED|ALREADY_APPLIED)/.test(expected);
    if (goesOn || !["claim", "complete", "fail", "extend"].includes(command.type)) {
      expect(answered).toBe(decided);
    } else if (command.type === "claim") {
      expect(answered.write).toBeUndefined();
      expect(answered.reply).toEqual({
        type: "claim",
        status: "GRANTED",
        token: 0,
        attempt: expected === "CLAIM_ID_SPENT" ? 1 : 2,
        leaseMs: command.complete ? 0 : LEASE_MS,
        hold: false,
        reclaimed: false,
        shadowed: true,
      });
    } else {
      const reply = { type: "settle", status: "APPLIED", late: false, current: undefined };
      expect(answered.reply).toEqual(reply);
    }
  });
});

describe("shadow", () => {
  it("gives the lease that was asked for", () => {
    const command = { ...COMMANDS.claimOther, leaseMs: 7000 };
    const given = turn();
    const { reply } = shadow(command, decide(VIEWS.running[0], command, given), given);
    expect(reply).toMatchObject({ shadowed: true, leaseMs: 7000 });
  });

  it("keeps what refuses grants for the node's sake", () => {
    for (const code of ["PAUSED", "QUOTA_EXCEEDED", "DISK_FULL"] satisfies ErrorCode[]) {
      const refused = { type: "refused", code, message: "", retryAfterMs: 5 } as const;
      const given = turn({ grantsRefused: refused });
      const decided = decide(undefined, COMMANDS.claimOwn, given);
      expect(shadow(COMMANDS.claimOwn, decided, given).reply).toBe(refused);
    }
  });

  it("leaves a refused settle alone", () => {
    const reply = {
      type: "refused",
      code: "NAMESPACE_NOT_FOUND",
      message: "",
      retryAfterMs: 0,
    } as const;
    const decided = { reply, write: undefined };
    expect(shadow(COMMANDS.completeOwn, decided, turn())).toBe(decided);
  });
});
