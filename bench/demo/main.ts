/**
 * `npm run demo`: a queue that delivers every payment order several times, consumers and a server
 * that are killed in the middle, and a ledger that has each order once.
 *
 * Everything is real: processes, sockets, disks, SIGKILL. Exit 0 only if the ledger is right; ends
 * within 45 seconds and leaves neither process nor file, also on Ctrl-C.
 */
import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Belongings } from "../support/belongings.ts";
import { type ClaimdProcess, startClaimd } from "../support/claimd-process.ts";
import { Consumers } from "./consumers.ts";
import { Gateway } from "./gateway.ts";
import { Ledger, ledgerProblems } from "./ledger.ts";
import { makeOrders } from "./order.ts";
import { Queue } from "./queue.ts";
import { conclusion, eventLine, HEADING, type Numbers, secondLine, summary } from "./screen.ts";
import { Tally } from "./tally.ts";
import { Trouble } from "./trouble.ts";

const ORDERS = 300;
const CONSUMERS = 4;
const TICK_MS = 50;
/** Deliveries a tick: 120 a second, so that there is something to watch. */
const DELIVERIES_A_TICK = 6;
/** When the server dies, for how long, and until when consumers do. */
const SERVER_KILL_AT_MS = 4000;
const SERVER_DOWN_MS = 700;
const LAST_KILL_MS = 10_000;
const END_WITHIN_MS = 45_000;

async function demo(belongings: Belongings, say: (text: string) => void): Promise<boolean> {
  const folder = belongings.temporaryDirectory(tmpdir(), "claimd-demo");
  const dataDir = join(folder, "data");
  const ledgerPath = join(folder, "ledger");
  const environment = { UV_THREADPOOL_SIZE: "8", MALLOC_ARENA_MAX: "2", ...process.env };
  const orders = makeOrders(ORDERS, randomInt);
  const queue = new Queue(orders, randomInt);
  const ledger = await Ledger.create(ledgerPath);
  const tally = new Tally();
  const trouble = new Trouble(randomInt, (consumer, { id }, strike) => {
    consumers.kill(consumer);
    say(eventLine(`consumer ${consumer} killed ${strike} of ${id}`));
  });
  const gateway = new Gateway(ledger, trouble);
  const gatewayUrl = await gateway.listen();
  let server: ClaimdProcess = await startClaimd(belongings, { dataDir, environment });
  const claimdAddress = server.grpcAddress;
  const consumers = new Consumers(belongings, queue, {
    count: CONSUMERS,
    settings: { claimdAddress, gatewayUrl },
    environment,
    onMessage: (message) => {
      tally.take(message);
    },
  });
  let serverKills = 0;
  const numbers = (): Numbers => ({
    tally,
    orders: orders.length,
    copies: queue.copies,
    delivered: queue.delivered,
    orphaned: queue.orphaned,
    asked: gateway.asked,
    refused: gateway.refused,
    seenBefore: gateway.seenBefore,
    ledgerLines: ledger.lines,
    strikes: trouble.strikes,
    serverKills,
  });
  const crashServer = async (): Promise<void> => {
    say(eventLine("the server killed; leases that ran then have 10 s of grace after its return"));
    serverKills++;
    await server.kill();
    await sleep(SERVER_DOWN_MS);
    const grpcPort = Number(claimdAddress.split(":").at(-1));
    server = await startClaimd(belongings, { dataDir, environment, grpcPort });
    say("        ✓ the server is back on the same directory");
  };

  say(
    `${ORDERS} orders, ${queue.copies} copies, ${CONSUMERS} consumers, claimd ${claimdAddress}\n`,
  );
  await consumers.start();
  say(HEADING);
  const startedAtMs = performance.now();
  let crash: Promise<void> | undefined;
  let second = 0;
  while (!queue.isDone) {
    const nowMs = performance.now() - startedAtMs;
    consumers.deliver(DELIVERIES_A_TICK);
    trouble.tick(nowMs, LAST_KILL_MS);
    if (nowMs >= SERVER_KILL_AT_MS) crash ??= crashServer();
    if (nowMs >= (second + 1) * 1000) say(secondLine(++second, numbers()));
    await sleep(TICK_MS);
  }
  await crash;
  await consumers.close();
  await server.stop();
  gateway.close();
  await ledger.close();

  const problems = ledgerProblems(readFileSync(ledgerPath, "utf8"), orders);
  say(`\n${summary(numbers(), (performance.now() - startedAtMs) / 1000)}\n`);
  if (problems.length === 0) say(conclusion(numbers()));
  else say(`THE LEDGER IS WRONG:\n${problems.join("\n")}`);
  return problems.length === 0;
}

const belongings = new Belongings();
const tooLate = setTimeout(() => {
  console.error(`the demo did not end within ${END_WITHIN_MS} ms`);
  void belongings.release().finally(() => process.exit(1));
}, END_WITHIN_MS);
try {
  const isRight = await demo(belongings, (text) => console.log(text));
  process.exitCode = isRight ? 0 : 1;
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  clearTimeout(tooLate);
  await belongings.release();
}
