/** What is asked while more is under way: few commands share a frame, none waits for long. */
import { expect, it } from "vitest";
import { clientOf } from "./testing/client-of.ts";
import { MapServer } from "./testing/map-server.ts";
import { until } from "./testing/until.ts";

const ANSWERS_MS = 500;
const keys = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${name}-${at}`);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function sum(counts: readonly number[]): number {
  return counts.reduce((before, each) => before + each, 0);
}

it("gathers few commands while more are under way", async () => {
  await using server = await new MapServer().start();
  server.faults.delayMs = ANSWERS_MS;
  await using client = clientOf(server);
  const asked: Promise<unknown>[] = keys("many", 30).map((key) => client.checkAndSet(key));
  for (const key of keys("few", 12)) {
    await turn();
    asked.push(client.checkAndSet(key));
  }
  await Promise.all(asked);
  const [first, ...others] = server.frames;
  expect(first).toBe(30);
  expect(sum(others)).toBe(12);
  // Three would go at once if only the frames under way were counted.
  expect(others.length).toBeLessThan(4);
});

it.each([
  [32, "enough of them"],
  [5, "as many as are under way"],
])("sends %i at once: %s", async (count) => {
  await using server = await new MapServer().start();
  server.faults.delayMs = ANSWERS_MS;
  await using client = clientOf(server);
  const underWay = keys("first", count === 32 ? 200 : count);
  const asked = underWay.map((key) => client.checkAndSet(key));
  await turn();
  const startedMs = performance.now();
  const more = keys("more", count).map((key) => client.checkAndSet(key));
  await until(() => server.frames.length === 2);
  expect(server.frames).toEqual([underWay.length, count]);
  expect(performance.now() - startedMs).toBeLessThan(ANSWERS_MS);
  await Promise.all([...asked, ...more]);
});

it("lets commands gather while as many frames are under way as may be", async () => {
  await using server = await new MapServer().start();
  server.faults.delayMs = 400;
  await using client = clientOf(server, { maxFramesInFlight: 2 });
  const asked: Promise<unknown>[] = [];
  for (const key of keys("key", 10)) {
    asked.push(client.checkAndSet(key));
    await turn();
  }
  await Promise.all(asked);
  expect(server.frames).toEqual([1, 1, 8]);
});

it("waits only for a moment for what is held up, in however many frames", async () => {
  await using server = await new MapServer().start();
  const client = clientOf(server, { closeTimeoutMs: 1 });
  server.faults.dropReplies = true;
  const heldUp = keys("held", 4).map((key) => client.checkAndSet(key));
  const refused = Promise.allSettled(heldUp);
  await until(() => sum(server.frames) === 4);
  for (const key of keys("also-held", 40)) {
    client.checkAndSet(key).catch(() => undefined);
    await turn();
  }
  await until(() => sum(server.frames) === 44);
  server.faults.dropReplies = false;
  expect((await client.checkAndSet("free")).first).toBe(true);
  await client.close();
  expect((await refused).every(({ status }) => status === "rejected")).toBe(true);
});
