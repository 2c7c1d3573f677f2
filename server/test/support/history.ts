/**
 * What callers asked and what they were answered, with the times on one monotonic clock.
 *
 * A call whose answer never came, or came as an error that leaves the outcome open, has no answer
 * and never returned: it may take effect at any time after it was sent.
 */
import { performance } from "node:perf_hooks";
import { status } from "@grpc/grpc-js";
import type { Answer, Command, Transport } from "./command.ts";

export interface Call {
  readonly command: Command;
  readonly invokedAtMs: number;
  /** Infinity without an answer. */
  readonly returnedAtMs: number;
  readonly answer: Answer | undefined;
}

const OPEN: readonly number[] = [
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.CANCELLED,
  status.UNKNOWN,
  status.INTERNAL,
];

/** Whether nobody can tell from this answer what happened. PAUSED is a plain no. */
export const isOpen = (answer: Answer): boolean =>
  answer.kind === "error" && OPEN.includes(answer.code) && answer.reason !== "PAUSED";

export const nameOf = ({ namespace, key }: Command): string =>
  `${namespace}/${key.toString("latin1")}`;

export class History {
  readonly calls: Call[] = [];

  /** Asks and writes down what came back. */
  async ask(transport: Transport, command: Command): Promise<Answer> {
    const invokedAtMs = performance.now();
    const answer = await transport.ask(command);
    this.calls.push(
      isOpen(answer)
        ? { command, invokedAtMs, returnedAtMs: Infinity, answer: undefined }
        : { command, invokedAtMs, returnedAtMs: performance.now(), answer },
    );
    return answer;
  }
}

/** Calls by key, in the order they were sent. */
export function byKey(calls: readonly Call[]): Map<string, Call[]> {
  const keys = new Map<string, Call[]>();
  for (const call of calls) {
    const name = nameOf(call.command);
    const list = keys.get(name);
    if (list === undefined) keys.set(name, [call]);
    else list.push(call);
  }
  for (const list of keys.values()) list.sort((a, b) => a.invokedAtMs - b.invokedAtMs);
  return keys;
}
