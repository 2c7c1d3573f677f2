/** The queue of the demo must be as unpleasant as brokers are, and lose nothing. */
import { describe, expect, it } from "vitest";
import { makeOrders } from "./order.ts";
import { Queue } from "./queue.ts";

/** Always the same "random" numbers: what comes out is a fixed example. */
function counting(): (bound: number) => number {
  let count = 0;
  return (bound) => (count += 7) % bound;
}

function drain(queue: Queue, consumer = 1): Map<string, number> {
  const copies = new Map<string, number>();
  for (let next = queue.deliverTo(consumer); next; next = queue.deliverTo(consumer)) {
    copies.set(next.order.id, (copies.get(next.order.id) ?? 0) + 1);
    queue.acknowledge(next.id);
  }
  return copies;
}

const orders = makeOrders(50, counting());

describe("Queue", () => {
  it("delivers every order two to five times", () => {
    const queue = new Queue(orders, counting());
    const copies = drain(queue);
    expect(copies.size).toBe(50);
    expect(Math.min(...copies.values())).toBeGreaterThanOrEqual(2);
    expect(Math.max(...copies.values())).toBeLessThanOrEqual(5);
    expect(queue.isDone).toBe(true);
  });

  it("delivers again what a dead consumer had in hand", () => {
    const queue = new Queue(orders, counting());
    const [first, second] = [queue.deliverTo(1), queue.deliverTo(2)];
    queue.consumerDied(1);
    expect(queue.orphaned).toBe(1);
    expect(queue.inHandOf(1)).toBe(0);
    expect(queue.deliverTo(3)).toBe(first);
    expect(queue.inHandOf(2)).toBe(1);
    expect(second).toBeDefined();
  });

  it("delivers again what was given back, and only that", () => {
    const queue = new Queue(orders, counting());
    const delivery = queue.deliverTo(1);
    queue.giveBack(delivery?.id ?? -1);
    queue.giveBack(delivery?.id ?? -1);
    drain(queue);
    expect(queue.acknowledged).toBe(queue.copies);
    expect(queue.delivered).toBe(queue.copies + 1);
  });

  it("counts an acknowledgement once", () => {
    const queue = new Queue(orders, counting());
    const delivery = queue.deliverTo(1);
    queue.acknowledge(delivery?.id ?? -1);
    queue.acknowledge(delivery?.id ?? -1);
    expect(queue.acknowledged).toBe(1);
  });
});
