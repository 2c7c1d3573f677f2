/**
 * What every Coordinator promises, as tests: run against each implementation.
 *
 * Nothing here rests on hints that come late: what is watched is waited for, what is read follows
 * an outcome.
 */
import { describe, expect, it } from "vitest";
import { type Coordinator, type GuardedWrite, MAX_WRITES } from "../coordinator.ts";
import { agreementProblems, race, settle } from "./coordinator-race.ts";
import {
  bytes,
  newPrefix,
  put,
  revisionOf,
  shown,
  textOf,
  until,
  watching,
} from "./coordinator-steps.ts";

export interface CoordinatorFixture {
  /** Another client of the one store; the suite closes it. */
  open(): Coordinator;
  /** The shortest lease that is kept as asked for. */
  readonly leaseMs: number;
  /** How much later than its lease a key may go. */
  readonly leaseSlackMs: number;
  /** Lets so much time pass. */
  pass(ms: number): Promise<void>;
}

export function coordinatorContract(name: string, fixtureOf: () => CoordinatorFixture): void {
  /** A test with a client and keys of its own. */
  const promise = (
    does: string,
    test: (c: Coordinator, prefix: string, fixture: CoordinatorFixture) => Promise<void>,
  ): void => {
    it(does, async () => {
      const fixture = fixtureOf();
      await using coordinator = fixture.open();
      await test(coordinator, newPrefix(), fixture);
    });
  };

  describe(`${name}: a transaction`, () => {
    promise("creates a key under guard 0, once", async (c, prefix) => {
      const create = [{ key: `${prefix}a`, revision: 0, value: bytes("first") }];
      expect(await c.transact(create)).toBe("applied");
      expect(await c.transact(create)).toBe("conflict");
      expect(textOf(await c.read(`${prefix}a`))).toBe("first");
      expect(await c.read(`${prefix}b`)).toBeUndefined();
    });

    promise("is applied on the key's last revision only", async (c, prefix) => {
      const key = `${prefix}a`;
      const first = await put(c, key, "1");
      const second = await put(c, key, "2");
      expect(second).toBeGreaterThan(first);
      for (const revision of [0, first, second - 1, second + 1]) {
        expect(await c.transact([{ key, revision, value: bytes("no") }])).toBe("conflict");
      }
      expect(shown(await c.read(key))).toEqual({ key, value: "2", revision: second });
      const yes = { key, revision: second, value: bytes("3") };
      expect(await c.transact([yes])).toBe("applied");
    });

    promise('checks a key under "guard" and leaves it as it is', async (c, prefix) => {
      const [guarded, written] = [`${prefix}guarded`, `${prefix}written`];
      const revision = await put(c, guarded, "kept");
      const writes = (of: number, key: string): GuardedWrite[] => [
        { key: guarded, revision: of, value: "guard" },
        { key, revision: 0, value: bytes("new") },
      ];
      expect(await c.transact(writes(revision, written))).toBe("applied");
      expect(await c.transact(writes(revision - 1, `${prefix}never`))).toBe("conflict");
      expect(await c.transact(writes(0, `${prefix}never`))).toBe("conflict");
      expect(shown(await c.read(guarded))).toEqual({ key: guarded, value: "kept", revision });
      expect(await c.read(`${prefix}never`)).toBeUndefined();
      const absent: GuardedWrite = { key: `${prefix}never`, revision: 0, value: "guard" };
      expect(await c.transact([absent])).toBe("applied");
      expect(await c.read(`${prefix}never`)).toBeUndefined();
    });

    promise("deletes a key, which then may be created anew", async (c, prefix) => {
      const key = `${prefix}a`;
      const revision = await put(c, key, "1");
      expect(await c.transact([{ key, revision: revision - 1, value: "delete" }])).toBe("conflict");
      expect(await c.transact([{ key, revision, value: "delete" }])).toBe("applied");
      expect(await c.read(key)).toBeUndefined();
      expect(await c.transact([{ key, revision, value: bytes("2") }])).toBe("conflict");
      expect(await put(c, key, "3")).toBeGreaterThan(revision + 1);
    });

    promise("makes many writes as one, or none", async (c, prefix) => {
      const keyOf = (n: number): string => `${prefix}${String(n).padStart(3, "0")}`;
      const writes = Array.from({ length: MAX_WRITES }, (_, n) => ({
        key: keyOf(n),
        revision: 0,
        value: bytes(`${n}`),
      }));
      await put(c, keyOf(MAX_WRITES - 1), "in the way");
      expect(await c.transact(writes)).toBe("conflict");
      expect(await c.list(prefix)).toHaveLength(1);
      expect(await c.transact(writes.slice(0, -1))).toBe("applied");
      const listed = await c.list(prefix);
      expect(listed.map(({ key }) => key)).toEqual(writes.map(({ key }) => key));
      const revisions = new Set(listed.slice(0, -1).map(({ revision }) => revision));
      expect(revisions.size).toBe(1);
    });

    promise("takes empty values and any bytes", async (c, prefix) => {
      const all = Uint8Array.from({ length: 256 }, (_, n) => n);
      const [empty, full] = [`${prefix}empty`, `${prefix}ключ 🔑`];
      const writes = [
        { key: empty, revision: 0, value: new Uint8Array() },
        { key: full, revision: 0, value: all },
      ];
      expect(await c.transact(writes)).toBe("applied");
      expect(Buffer.from((await c.read(empty))?.value ?? [1])).toHaveLength(0);
      expect(Buffer.from((await c.read(full))?.value ?? [])).toEqual(Buffer.from(all));
    });

    promise("of no shape etcd takes is a mistake", async (c, prefix) => {
      const write = { key: prefix, revision: 0, value: bytes("") };
      const many = Array.from({ length: MAX_WRITES + 1 }, (_, n) => ({ ...write, key: `${n}` }));
      for (const writes of [[], [write, write], [{ ...write, key: "" }], many]) {
        await expect(c.transact(writes)).rejects.toMatchObject({ code: "INTERNAL" });
      }
    });

    promise("has one winner on each revision, seen from everywhere", async (c, prefix, fixture) => {
      await using other = fixture.open();
      const racers = [c, other, c, other, c, other, c, other];
      const attempts = await race(racers, prefix, (n) => n < 10);
      await settle(c, prefix, attempts);
      expect(agreementProblems(attempts, await other.list(prefix))).toEqual([]);
      expect(attempts.some(({ outcome }) => outcome === "conflict")).toBe(true);
    });
  });

  describe(`${name}: list`, () => {
    promise("has what begins with the prefix, in the order of bytes", async (c, prefix) => {
      // As UTF-16 the third would stand before the second.
      const names = ["a", "b\u{fffd}", "b\u{1f511}", "b/x", "b", "c"].map((n) => `${prefix}${n}`);
      const outside = `${prefix.slice(0, -1)}0`;
      for (const key of [...names.toReversed(), outside]) await put(c, key, key);
      const sorted = ["a", "b", "b/x", "b\u{fffd}", "b\u{1f511}", "c"].map((n) => `${prefix}${n}`);
      const listed = await c.list(prefix);
      expect(listed.map(({ key }) => key)).toEqual(sorted);
      expect(listed.map(textOf)).toEqual(sorted);
      for (const entry of listed) expect(await c.read(entry.key)).toEqual(entry);
      expect((await c.list(`${prefix}b`)).map(({ key }) => key)).toEqual(sorted.slice(1, 5));
      expect(await c.list(`${prefix}nothing`)).toEqual([]);
    });
  });

  describe(`${name}: watch`, () => {
    promise("tells puts and deletes with their revisions, in order", async (c, prefix, fixture) => {
      await using writer = fixture.open();
      const told = await watching(c, prefix);
      const [a, b] = [`${prefix}a`, `${prefix}b`];
      const first = await put(writer, a, "1");
      const second = await put(writer, b, "2");
      await put(writer, `${prefix.slice(0, -1)}0`, "outside");
      const third = await put(writer, a, "3");
      await writer.transact([{ key: b, revision: second, value: "delete" }]);
      await until("all is told", () => told.length >= 4);
      expect(told.slice(0, 3).map(shown)).toEqual([
        { key: a, value: "1", revision: first },
        { key: b, value: "2", revision: second },
        { key: a, value: "3", revision: third },
      ]);
      expect(told[3]).toMatchObject({ key: b, value: undefined });
      expect(told[3]?.revision).toBeGreaterThan(third);
    });

    promise("tells the writes of one transaction under one revision", async (c, prefix) => {
      const told = await watching(c, prefix);
      const writes = ["a", "b", "c"].map((name) => ({
        key: `${prefix}${name}`,
        revision: 0,
        value: bytes(name),
      }));
      await c.transact(writes);
      await until("all is told", () => told.length >= 3);
      expect(told.map(({ key }) => key)).toEqual(writes.map(({ key }) => key));
      expect(new Set(told.map(({ revision }) => revision)).size).toBe(1);
    });

    promise("is silent once it is disposed of", async (c, prefix) => {
      const told: string[] = [];
      const watch = c.watch(prefix, ({ key }) => told.push(key));
      watch[Symbol.dispose]();
      const still = await watching(c, prefix);
      await put(c, `${prefix}a`, "1");
      await until("the other is told", () => still.length === 1);
      expect(told).toEqual([]);
    });
  });

  describe(`${name}: register`, () => {
    promise("writes over what is there, and lasts while renewed", async (c, prefix, fixture) => {
      const key = `${prefix}node`;
      const before = await put(c, key, "old");
      await using liveness = await c.register(key, bytes("alive"), fixture.leaseMs);
      for (let passedMs = 0; passedMs < 2 * fixture.leaseMs; passedMs += fixture.leaseMs / 2) {
        await fixture.pass(fixture.leaseMs / 2);
        expect(await liveness.renew()).toBe(true);
      }
      expect(textOf(await c.read(key))).toBe("alive");
      expect(await revisionOf(c, key)).toBeGreaterThan(before);
    });

    promise("goes when it is not renewed, and says so", async (c, prefix, fixture) => {
      const key = `${prefix}node`;
      const told = await watching(c, prefix);
      const liveness = await c.register(key, bytes("alive"), fixture.leaseMs);
      await fixture.pass(fixture.leaseMs * 0.7);
      expect(textOf(await c.read(key))).toBe("alive");
      await fixture.pass(fixture.leaseMs * 0.3 + fixture.leaseSlackMs);
      expect(await c.read(key)).toBeUndefined();
      expect(await liveness.renew()).toBe(false);
      await until("its end is told", () => told.some(({ value }) => value === undefined));
      await liveness[Symbol.asyncDispose]();
    });

    promise("goes at once when it is disposed of", async (c, prefix, fixture) => {
      const key = `${prefix}node`;
      const liveness = await c.register(key, bytes("alive"), fixture.leaseMs * 10);
      await liveness[Symbol.asyncDispose]();
      expect(await c.read(key)).toBeUndefined();
      expect(await liveness.renew()).toBe(false);
    });

    promise("belongs to who wrote last", async (c, prefix, fixture) => {
      const [key, other] = [`${prefix}node`, `${prefix}other`];
      const old = await c.register(key, bytes("old"), fixture.leaseMs * 10);
      await using current = await c.register(key, bytes("new"), fixture.leaseMs * 10);
      const plain = await c.register(other, bytes("old"), fixture.leaseMs * 10);
      await put(c, other, "written by a transaction");
      await old[Symbol.asyncDispose]();
      await plain[Symbol.asyncDispose]();
      expect(textOf(await c.read(key))).toBe("new");
      expect(await current.renew()).toBe(true);
      expect(textOf(await c.read(other))).toBe("written by a transaction");
    });
  });

  describe(`${name}: once closed`, () => {
    promise("answers nothing and harms nobody else", async (c, prefix, fixture) => {
      const closed = fixture.open();
      const told: string[] = [];
      closed.watch(prefix, ({ key }) => told.push(key));
      await closed[Symbol.asyncDispose]();
      const unavailable = { code: "COORDINATOR_UNAVAILABLE" };
      await expect(closed.read(prefix)).rejects.toMatchObject(unavailable);
      await expect(closed.list(prefix)).rejects.toMatchObject(unavailable);
      await expect(closed.register(prefix, bytes(""), 1000)).rejects.toMatchObject(unavailable);
      const write = { key: `${prefix}a`, revision: 0, value: bytes("1") };
      expect(await closed.transact([write])).toBe("unknown");
      expect(await c.transact([write])).toBe("applied");
      expect(told).toEqual([]);
    });
  });
}
