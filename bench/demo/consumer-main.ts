/**
 * A consumer: what somebody writes who puts claimd in front of a payment. The part that matters is
 * `charge`; all the rest is the talk with the queue.
 *
 * May be killed at any moment. Ends with the process that has started it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, isClaimdError, type RunningClaim } from "@claimd/client";
import type { ConsumerSettings, FromConsumer, ToConsumer } from "./messages.ts";
import type { Order } from "./order.ts";
import type { Delivery } from "./queue.ts";

const { consumer, claimdAddress, gatewayUrl } = JSON.parse(
  process.argv[2] ?? "{}",
) as ConsumerSettings;

/**
 * Short, so that the demo shows take-overs in seconds; `run` extends it while the handler is at
 * work.
 */
const LEASE_MS = 1500;
/**
 * How long a duplicate is parked while another one is at work, before it goes back to the
 * queue.
 */
const WAIT_MS = 1000;
const FAILED_AGAIN_AFTER_MS = 200;
/** Work around the effect, so that there is a before and an after to die in. */
const BEFORE_MS = 15;
const AFTER_MS = 15;

const claims = createClient({
  address: claimdAddress,
  namespace: "payments",
  holder: `consumer ${consumer}`,
  leaseMs: LEASE_MS,
});

async function charge(order: Order, claim: RunningClaim): Promise<string> {
  await tell({ type: "granted", attempt: claim.attempt, reclaimed: claim.reclaimed });
  await sleep(BEFORE_MS);
  const response = await fetch(gatewayUrl, {
    method: "POST",
    headers: { "idempotency-key": claim.derivedKey },
    body: JSON.stringify({ consumer, order }),
    signal: claim.signal,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`the gateway answered ${response.status}: ${text}`);
  await sleep(AFTER_MS);
  return text;
}

async function handle({ id, order }: Delivery): Promise<FromConsumer> {
  try {
    const { replayed } = await claims.run(`charge:${order.id}`, (claim) => charge(order, claim), {
      onDuplicate: "wait",
      waitMs: WAIT_MS,
    });
    return { type: "done", delivery: id, replayed };
  } catch (error) {
    const afterMs = isClaimdError(error) ? error.retryAfterMs : 0;
    return {
      type: "later",
      delivery: id,
      why: reasonOf(error),
      afterMs: Math.max(afterMs, FAILED_AGAIN_AFTER_MS),
    };
  }
}

/** Whatever it is, the delivery comes again, and the key decides what that means. */
function reasonOf(error: unknown): "in progress" | "failed" | "unknown" {
  if (!isClaimdError(error)) return "failed";
  return error.code === "IN_PROGRESS" ? "in progress" : "unknown";
}

function tell(message: FromConsumer): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, undefined, undefined, () => {
      resolve();
    });
  });
}

async function onMessage(message: ToConsumer): Promise<void> {
  if (message.type === "deliver") {
    await tell(await handle(message.delivery));
    return;
  }
  await claims.close();
  await tell({ type: "sent again", commands: claims.stats().retries });
  process.disconnect();
}

process.once("disconnect", () => process.exit(0));
// Ctrl-C reaches the whole group: the parent decides what ends when.
process.on("SIGINT", () => undefined);
process.on("message", (message) => void onMessage(message as ToConsumer));
await tell({ type: "ready" });
