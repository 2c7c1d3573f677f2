import { describe, expect, it } from "vitest";
import { LIMITS } from "../limits.ts";
import { CommandQueue } from "./queue.ts";
import { waitingFor } from "./test/samples.ts";

describe("CommandQueue", () => {
  it("gives what waits in the order in which it came", () => {
    const queue = new CommandQueue();
    const all = ["a", "b", "c"].map((key) => waitingFor({ key }));
    for (const each of all) queue.push(each);
    expect(queue.take()).toEqual(all);
    expect(queue.length).toBe(0);
  });

  it("bounds a turn by its number of commands and keeps the rest", () => {
    const queue = new CommandQueue();
    for (let at = 0; at < LIMITS.turnCommands.max + 1; at += 1) {
      queue.push(waitingFor({ key: `${at}` }));
    }
    expect(queue.take().length).toBe(LIMITS.turnCommands.max);
    expect(queue.take().map((each) => each.key.toString())).toEqual([`${LIMITS.turnCommands.max}`]);
  });

  it("bounds a turn by its bytes, but always gives one command", () => {
    const queue = new CommandQueue();
    const bytes = LIMITS.turnBytes.max;
    queue.push(waitingFor({ key: "large", bytes }));
    queue.push(waitingFor({ key: "larger", bytes }));
    expect(queue.take().map((each) => each.key.toString())).toEqual(["large"]);
    expect(queue.take().map((each) => each.key.toString())).toEqual(["larger"]);
  });

  it("has no room beyond the bounds on number and bytes, and room again after a turn", () => {
    const queue = new CommandQueue();
    queue.push(waitingFor({ key: "huge", bytes: LIMITS.waitingBytes.max - 1 }));
    expect(queue.hasRoom(1)).toBe(true);
    expect(queue.hasRoom(2)).toBe(false);
    queue.take();
    for (let at = 0; at < LIMITS.waitingCommands.max; at += 1) queue.push(waitingFor({}));
    expect(queue.hasRoom(0)).toBe(false);
    queue.take();
    expect(queue.hasRoom(0)).toBe(true);
  });
});
