import { EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Interruption } from "./interruption.ts";

function surroundings() {
  const signals = new EventEmitter();
  const exits: number[] = [];
  const interruption = new Interruption({ signals, exit: (code) => exits.push(code) });
  return { interruption, exits, pressCtrlC: () => signals.emit("SIGINT") };
}
const never = new Promise<void>(() => undefined);

describe("Interruption", () => {
  it("does not cut work that ends by itself", async () => {
    expect(await surroundings().interruption.cuts(Promise.resolve())).toBe(false);
  });

  it("cuts at the first Ctrl-C, also one that came before the work", async () => {
    const { interruption, pressCtrlC, exits } = surroundings();
    pressCtrlC();
    expect(await interruption.cuts(never)).toBe(true);
    const later = surroundings();
    const cut = later.interruption.cuts(never);
    later.pressCtrlC();
    expect(await cut).toBe(true);
    expect(exits).toEqual([]);
  });

  it("ends the program at the second, but not at another signal of the same press", async () => {
    const { pressCtrlC, exits } = surroundings();
    pressCtrlC();
    pressCtrlC();
    expect(exits).toEqual([]);
    await sleep(250);
    pressCtrlC();
    expect(exits).toEqual([130]);
  });

  it("tells an error, unless it is what Ctrl-C has done to a child", async () => {
    const failed = new Error("the generator ended with SIGINT");
    await expect(surroundings().interruption.cuts(Promise.reject(failed))).rejects.toThrow(failed);
    const { interruption, pressCtrlC } = surroundings();
    const cut = interruption.cuts(Promise.reject(failed));
    await sleep(20);
    pressCtrlC();
    expect(await cut).toBe(true);
  });
});
