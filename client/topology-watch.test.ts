import type { Topology__Output as TopologyMessage } from "@claimd/proto";
import { describe, expect, it } from "vitest";
import { ClaimdError, type ErrorCode } from "./errors.ts";
import { HeldEnvironment } from "./testing/held-environment.ts";
import type { TopologyListener } from "./topology-stream.ts";
import { TopologyWatch } from "./topology-watch.ts";

const MESSAGE = { version: 1 } as TopologyMessage;

/** A watch with everything it asks of the world in a test's hands. */
class Watched {
  readonly environment = new HeldEnvironment();
  readonly tries: number[] = [];
  readonly listeners: TopologyListener[] = [];
  readonly heard: TopologyMessage[] = [];
  closed = 0;
  wanted = true;
  readonly watch = new TopologyWatch({
    environment: this.environment,
    fraction: () => 0,
    open: (tries, listener) => {
      this.tries.push(tries);
      this.listeners.push(listener);
      return { close: () => this.closed++ };
    },
    wanted: () => this.wanted,
    topology: (message) => this.heard.push(message),
  });

  get opened(): number {
    return this.listeners.length;
  }

  say(): void {
    this.listeners.at(-1)?.topology(MESSAGE);
  }

  end(code: ErrorCode = "UNAVAILABLE"): void {
    this.listeners.at(-1)?.ended(new ClaimdError(code, "over"));
  }
}

describe("TopologyWatch", () => {
  it("opens one stream when it is started, and no second one", () => {
    const watched = new Watched();
    expect(watched.opened).toBe(0);
    watched.watch.start();
    watched.watch.start();
    watched.say();
    expect(watched.opened).toBe(1);
    expect(watched.heard).toEqual([MESSAGE]);
  });

  it("opens another one when it is lost, later and later", async () => {
    const watched = new Watched();
    watched.watch.start();
    for (const [pauseMs, opened] of [
      [10, 2],
      [20, 3],
      [40, 4],
    ] as const) {
      watched.end();
      watched.watch.start();
      await watched.environment.advance(pauseMs - 1);
      expect(watched.opened).toBe(opened - 1);
      await watched.environment.advance(1);
      expect(watched.opened).toBe(opened);
    }
    for (let at = 0; at < 20; at++) {
      watched.end();
      await watched.environment.advance(250);
    }
    expect(watched.opened).toBe(24);
  });

  it("begins with short pauses again behind a stream that lived", async () => {
    const watched = new Watched();
    watched.watch.start();
    for (let at = 0; at < 5; at++) {
      watched.end();
      await watched.environment.advance(250);
    }
    await watched.environment.advance(5000);
    watched.end();
    await watched.environment.advance(10);
    expect(watched.opened).toBe(7);
  });

  it("is in no hurry where a new stream would meet the same end", async () => {
    const watched = new Watched();
    watched.watch.start();
    watched.end("INTERNAL");
    await watched.environment.advance(29_000);
    expect(watched.opened).toBe(1);
    await watched.environment.advance(1000);
    expect(watched.opened).toBe(2);
  });

  it("counts the tries since it was last told something", async () => {
    const watched = new Watched();
    watched.watch.start();
    watched.end();
    await watched.environment.advance(10);
    watched.end();
    await watched.environment.advance(20);
    watched.say();
    watched.end();
    await watched.environment.advance(40);
    expect(watched.tries).toEqual([0, 1, 2, 0]);
  });

  it("rests where nothing else is alive, and has a timer no more", async () => {
    const watched = new Watched();
    watched.watch.start();
    watched.wanted = false;
    watched.end();
    await watched.environment.advance(60_000);
    expect(watched.opened).toBe(1);
    expect(watched.environment.timers).toBe(0);
    watched.watch.start();
    expect(watched.opened).toBe(2);
    watched.watch.rest();
    expect(watched.closed).toBe(1);
  });

  it("looks elsewhere when it is doubted, however many doubt", async () => {
    const watched = new Watched();
    watched.watch.start();
    watched.watch.refresh();
    expect(watched.opened, "it has not spoken yet").toBe(1);
    watched.say();
    for (let at = 0; at < 5; at++) watched.watch.refresh();
    expect(watched.opened).toBe(2);
    expect(watched.closed).toBe(1);
    watched.say();
    await watched.environment.advance(999);
    watched.watch.refresh();
    expect(watched.opened).toBe(2);
    await watched.environment.advance(1);
    watched.watch.refresh();
    expect(watched.opened).toBe(3);
  });

  it("hears nothing more of a stream it has left", () => {
    const watched = new Watched();
    watched.watch.start();
    watched.watch.moveOn();
    const [left] = watched.listeners;
    left?.topology(MESSAGE);
    left?.ended(new ClaimdError("UNAVAILABLE", "over"));
    expect(watched.heard).toEqual([]);
    expect(watched.environment.timers).toBe(0);
    expect(watched.opened).toBe(2);
  });

  it("moves on only from where it is", () => {
    const watched = new Watched();
    watched.watch.moveOn();
    expect(watched.opened).toBe(0);
  });

  it("is over for good once it is closed", async () => {
    const watched = new Watched();
    watched.watch.start();
    watched.watch.close();
    watched.watch.start();
    await watched.environment.advance(60_000);
    watched.watch.refresh();
    expect(watched.opened).toBe(1);
    expect(watched.closed).toBe(1);
    expect(watched.environment.timers).toBe(0);
  });
});
