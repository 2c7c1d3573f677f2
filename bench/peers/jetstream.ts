/**
 * NATS JetStream, which remembers the ids of messages for a window: a claim is a message without
 * content whose id is the key, the acknowledgement says whether it was there before.
 *
 * As it comes, on files. What it acknowledges is written, not synced: it syncs every two minutes.
 */
import { spawn } from "node:child_process";
import { type JetStreamClient, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { endChild } from "../support/belongings.ts";
import { firstLine } from "../support/first-line.ts";
import type { Target } from "../support/target.ts";
import { freePorts, mustBe, programPath, versionOf } from "./program.ts";
import { HOST, type Service, WINDOW_MS } from "./service.ts";

export interface JetStreamAddress {
  readonly kind: "jetstream";
  readonly port: number;
}

const PROGRAM = "nats-server";
const READY_WITHIN_MS = 10_000;
/** A stop of seconds is to be seen as latency; the client's own default is five. */
const ANSWER_WITHIN_MS = 60_000;
const SUBJECT = "claims";
const NS_PER_MS = 1_000_000;
const EMPTY = new Uint8Array(0);

export const jetStream: Service = {
  title: "NATS JetStream",
  program: PROGRAM,
  client: "@nats-io/jetstream",
  settings: "one server, file storage, duplicate window of a day",
  durability: "written before it is answered, synced every two minutes: weaker than claimd's",
  mostKeysBefore: 1_000_000,
  version: () => versionOf(programPath(PROGRAM)),
  start: async (belongings, parentDirectory) => {
    const directory = belongings.temporaryDirectory(parentDirectory, "nats-bench");
    const [port = 0] = await freePorts(1);
    const child = belongings.keep(
      spawn(
        mustBe(programPath(PROGRAM), PROGRAM),
        ["-a", HOST, "-p", String(port), "-js", "-sd", directory],
        { stdio: ["ignore", "pipe", "pipe"] },
      ),
    );
    const isReady = (line: string): boolean => line.includes("Server is ready");
    await firstLine(child, PROGRAM, isReady, READY_WITHIN_MS);
    await createStream(port);
    return {
      pid: child.pid ?? 0,
      port,
      stop: async () => {
        await endChild(child, "SIGTERM");
        belongings.removeDirectory(directory);
      },
    };
  },
};

async function createStream(port: number): Promise<void> {
  const connection = await connect({ servers: `${HOST}:${port}` });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({
    name: SUBJECT,
    subjects: [SUBJECT],
    storage: "file",
    duplicate_window: WINDOW_MS * NS_PER_MS,
    // What is no longer a duplicate need not be kept either.
    max_age: WINDOW_MS * NS_PER_MS,
  });
  await connection.close();
}

export function openJetStream({ port }: JetStreamAddress): Target {
  const connecting = connect({ servers: `${HOST}:${port}` });
  // Whoever claims first is told; without a claim nobody asks.
  connecting.catch(() => undefined);
  let client: JetStreamClient | undefined;
  return {
    claim: (key) => {
      if (client !== undefined)
        return client.publish(SUBJECT, EMPTY, { msgID: key, timeout: ANSWER_WITHIN_MS });
      return connecting.then((connection) => {
        client ??= jetstream(connection);
        return client.publish(SUBJECT, EMPTY, { msgID: key, timeout: ANSWER_WITHIN_MS });
      });
    },
    isFirst: (answer) => !(answer as { duplicate: boolean }).duplicate,
    close: async () => {
      await (await connecting).close();
    },
  };
}
