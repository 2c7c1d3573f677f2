import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Versioned } from "../coordinator.ts";
import { until } from "../test/coordinator-steps.ts";
import type { WatchRequest } from "./etcd-api.ts";
import { EtcdCoordinator, type EtcdSettings } from "./etcd-coordinator.ts";
import {
  type Asked,
  page,
  puts,
  rangeOf,
  refusal,
  type ScriptedAnswer,
  ScriptedEtcd,
  type WatchStream,
} from "./test/scripted-etcd.ts";

const DEADLINE_MS = 400;
const UNAVAILABLE = { code: "COORDINATOR_UNAVAILABLE" };
const WRITE = [{ key: "a", revision: 0, value: Buffer.from("1") }];

let lines: string[];
let used: AsyncDisposable[];

beforeEach(() => {
  lines = [];
  used = [];
});
afterEach(async () => {
  for (const each of used) await each[Symbol.asyncDispose]();
});

async function member(
  answer: (asked: Asked) => ScriptedAnswer,
  onWatch?: (stream: WatchStream, first: WatchRequest) => void,
): Promise<ScriptedEtcd> {
  const started = await ScriptedEtcd.start(answer, onWatch);
  used.unshift(started);
  return started;
}

function open(members: readonly ScriptedEtcd[], settings: Partial<EtcdSettings> = {}) {
  const say = (level: string) => (details: object) =>
    lines.push(`${level} ${JSON.stringify(details)}`);
  const endpoints = members.map(({ endpoint }) => endpoint);
  const log = { warn: say("warn"), error: say("error") };
  const c = new EtcdCoordinator({ endpoints, deadlineMs: DEADLINE_MS, ...settings }, { log });
  used.unshift(c);
  return c;
}

const answersAll = ({ method }: Asked): ScriptedAnswer =>
  method === "Range" ? page(7, [["a", 5]]) : { succeeded: true };

describe("a transaction that etcd does not answer", () => {
  it.each([
    ["UNAVAILABLE", refusal(status.UNAVAILABLE, "etcdserver: request timed out")],
    ["INTERNAL", refusal(status.INTERNAL)],
    ["UNKNOWN", refusal(status.UNKNOWN)],
    ["RESOURCE_EXHAUSTED", refusal(status.RESOURCE_EXHAUSTED)],
    ["PERMISSION_DENIED", refusal(status.PERMISSION_DENIED)],
    ["UNAUTHENTICATED", refusal(status.UNAUTHENTICATED, "etcdserver: invalid auth token")],
    ["nothing", undefined],
  ])("but by %s is unknown and was sent once", async (_, answer) => {
    const first = await member(() => answer);
    const second = await member(answersAll);
    const c = open([first, second]);
    expect(await c.transact(WRITE)).toBe("unknown");
    expect(first.of("Txn")).toHaveLength(1);
    expect(second.of("Txn")).toHaveLength(0);
    expect(lines).toHaveLength(1);
  });

  it("is unknown and not sent where nobody can be reached", async () => {
    const gone = await member(answersAll);
    await gone[Symbol.asyncDispose]();
    expect(await open([gone]).transact(WRITE)).toBe("unknown");
  });

  it("makes the next one go to another member", async () => {
    const first = await member(() => undefined);
    const second = await member(answersAll);
    const c = open([first, second]);
    expect(await c.transact(WRITE)).toBe("unknown");
    expect(await c.transact(WRITE)).toBe("applied");
    expect(await c.transact(WRITE)).toBe("applied");
    expect(first.of("Txn")).toHaveLength(1);
  });
});

describe("a read", () => {
  it.each([
    ["is not there", async () => await (await member(answersAll))[Symbol.asyncDispose]()],
    ["fails", undefined],
  ])("is asked of another member when one %s", async (_, gone) => {
    const first = await member(() => refusal(status.UNAVAILABLE, "etcdserver: no leader"));
    if (gone !== undefined) await first[Symbol.asyncDispose]();
    const second = await member(answersAll);
    expect(await open([first, second]).read("a")).toMatchObject({ key: "a", revision: 5 });
  });

  it("that no member answers ends by its deadline", async () => {
    const silent = [await member(() => undefined), await member(() => undefined)];
    const startMs = performance.now();
    await expect(open(silent).read("a")).rejects.toMatchObject(UNAVAILABLE);
    expect(performance.now() - startMs).toBeLessThan(2 * DEADLINE_MS);
    expect(silent.map((each) => each.of("Range").length)).toEqual([1, 1]);
  });

  it("that is refused is not tried elsewhere, and said once as an error", async () => {
    const first = await member(() => refusal(status.PERMISSION_DENIED, "permission denied"));
    const second = await member(answersAll);
    const c = open([first, second]);
    await expect(c.read("a")).rejects.toMatchObject(UNAVAILABLE);
    await expect(c.read("a")).rejects.toMatchObject(UNAVAILABLE);
    expect([first.asked.length, second.asked.length]).toEqual([2, 0]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^error .*permission denied/);
  });

  it("of a revision that is no exact number is a broken invariant", async () => {
    const c = open([await member(() => page(7, [["a", 2 ** 53]]))]);
    await expect(c.read("a")).rejects.toMatchObject({ code: "INTERNAL" });
  });
});

describe("a token", () => {
  const user = { name: "claimd", password: "secret" };

  it("is asked for once, and anew when it is refused", async () => {
    let valid = "token-1";
    const etcd = await member((asked) => {
      if (asked.method === "Authenticate") return { token: valid };
      if (asked.token === valid) return answersAll(asked);
      return refusal(status.UNAUTHENTICATED, "etcdserver: invalid auth token");
    });
    const c = open([etcd], { user });
    await Promise.all([c.read("a"), c.read("a"), c.read("a")]);
    expect(etcd.of("Authenticate").map(({ request }) => request)).toEqual([user]);
    valid = "token-2";
    expect(await c.read("a")).toBeDefined();
    expect(etcd.of("Authenticate")).toHaveLength(2);
    valid = "token-3";
    expect(await c.transact(WRITE)).toBe("unknown");
    expect(await c.transact(WRITE)).toBe("applied");
  });

  it("that is refused for ever is not asked for in a loop", async () => {
    const etcd = await member(({ method }) =>
      method === "Authenticate"
        ? { token: "t" }
        : refusal(status.UNAUTHENTICATED, "invalid auth token"),
    );
    await expect(open([etcd], { user }).read("a")).rejects.toMatchObject(UNAVAILABLE);
    expect(etcd.of("Authenticate")).toHaveLength(2);
  });

  it("is done without where etcd asks nobody who he is", async () => {
    const etcd = await member((asked) =>
      asked.method === "Authenticate"
        ? refusal(status.FAILED_PRECONDITION, "etcdserver: authentication is not enabled")
        : answersAll(asked),
    );
    expect(await open([etcd], { user }).transact(WRITE)).toBe("applied");
    expect(etcd.of("Txn")[0]?.token).toBeUndefined();
  });
});

describe("a list", () => {
  it("is of one revision, page by page, each behind the last key", async () => {
    const pages = [page(9, [["p/a", 3]], true), page(12, [["p/b", 4]])];
    const etcd = await member(() => pages.shift());
    const listed = await open([etcd]).list("p/");
    expect(listed.map(({ key, revision }) => [key, revision])).toEqual([
      ["p/a", 3],
      ["p/b", 4],
    ]);
    const asked = etcd.asked
      .map(rangeOf)
      .map(({ key, revision }) => [key.toString(), String(revision)]);
    expect(asked).toEqual([
      ["p/", "0"],
      ["p/a\0", "9"],
    ]);
  });

  it("is begun again when its revision is compacted meanwhile, a few times", async () => {
    const compacted = refusal(status.OUT_OF_RANGE, "required revision has been compacted");
    const pages = [page(9, [["p/a", 3]], true), compacted, page(12, [["p/c", 11]])];
    const etcd = await member(() => pages.shift());
    expect((await open([etcd]).list("p/")).map(({ key }) => key)).toEqual(["p/c"]);
    const never = await member(() => compacted);
    await expect(open([never]).list("p/")).rejects.toMatchObject(UNAVAILABLE);
    expect(never.asked).toHaveLength(3);
    expect(lines).toEqual([]);
  });

  it("is of smaller pages when they are too large, down to one key", async () => {
    const tooLarge = refusal(status.RESOURCE_EXHAUSTED, "received message larger than max");
    const etcd = await member((asked) =>
      Number(rangeOf(asked).limit) > 4 ? tooLarge : page(9, [["p/a", 3]]),
    );
    expect(await open([etcd]).list("p/")).toHaveLength(1);
    const never = await member(() => tooLarge);
    await expect(open([never]).list("p/")).rejects.toMatchObject(UNAVAILABLE);
    expect(never.asked.map(rangeOf).at(-1)).toMatchObject({ limit: "1" });
  });
});

describe("a watch", () => {
  /** Told by a member that gives each further stream the next of these answers, then ends it. */
  async function watched(streams: readonly (readonly object[])[], answer = answersAll) {
    const asked: string[] = [];
    let opened = 0;
    const etcd = await member(answer, (stream, first) => {
      if (!("create_request" in first)) return;
      asked.push(String(first.create_request.start_revision));
      const responses = streams[opened++];
      for (const response of responses ?? []) stream.write(response);
      if (responses !== undefined) stream.end();
    });
    const told: Versioned[] = [];
    open([etcd]).watch("p/", (entry) => told.push(entry));
    await until("all streams are asked for", () => opened > streams.length);
    return { asked, told: told.map(({ key, revision }) => `${key}@${revision}`) };
  }
  const created = { header: { revision: 6 }, created: true };

  it("goes on in the middle of a transaction, and tells nothing twice", async () => {
    const { asked, told } = await watched([
      [created, puts(7, "p/a"), puts(8, "p/a", "p/b")],
      [created, puts(8, "p/a", "p/b", "p/c"), puts(9, "p/b")],
    ]);
    expect(asked).toEqual(["0", "8", "9"]);
    expect(told).toEqual(["p/a@7", "p/a@8", "p/b@8", "p/c@8", "p/b@9"]);
  });

  it("goes on from where it began when nothing was told, whatever progress is said", async () => {
    const { asked } = await watched([[created, { header: { revision: 99 } }]]);
    expect(asked).toEqual(["0", "7"]);
  });

  it("tells all that is there when what comes next is compacted", async () => {
    const compacted = { header: { revision: 20 }, canceled: true, compact_revision: 15 };
    const list = page(20, [
      ["p/a", 18],
      ["p/b", 3],
    ]);
    const { asked, told } = await watched(
      [
        [created, puts(7, "p/b")],
        [created, compacted],
      ],
      () => list,
    );
    expect(asked).toEqual(["0", "7", "21"]);
    expect(told).toEqual(["p/b@7", "p/b@3", "p/a@18"]);
  });

  it("that is refused is tried again more and more seldom, and said as an error", async () => {
    const refused = { ...created, canceled: true, cancel_reason: "etcdserver: permission denied" };
    const { told } = await watched([[refused], [refused], [refused]]);
    expect(told).toEqual([]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^error .*permission denied/);
  });
});
