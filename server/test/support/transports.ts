/**
 * One way to ask, three ways to travel: a unary call, a Batch of one, a frame on a Session.
 *
 * Never retries: what a connection loses stays lost, as an error answer.
 */
import type {
  BatchResponse__Output,
  ClaimResponse__Output,
  ForgetResponse__Output,
  GetResponse__Output,
  SettleResponse__Output,
} from "@claimd/proto";
import { type CallOptions, status } from "@grpc/grpc-js";
import { answersOf, groupsOf } from "./columns.ts";
import type { Answer, Command, ErrorAnswer, Transport } from "./command.ts";
import { type SessionCall, openSession } from "./session.ts";
import { type ClaimsClient, call, DEADLINE_MS, deadline, errorAnswer } from "./wire.ts";

async function unaryAnswer(
  client: ClaimsClient,
  command: Command,
  options: CallOptions,
): Promise<Answer> {
  const { verb, ...request } = command;
  switch (verb) {
    case "CLAIM":
      return {
        kind: "claim",
        ...(await call<ClaimResponse__Output>((done) => client.claim(request, options, done))),
      };
    case "COMPLETE":
      return {
        kind: "settle",
        ...(await call<SettleResponse__Output>((done) => client.complete(request, options, done))),
      };
    case "FAIL":
      return {
        kind: "settle",
        ...(await call<SettleResponse__Output>((done) => client.fail(request, options, done))),
      };
    case "EXTEND":
      return {
        kind: "settle",
        ...(await call<SettleResponse__Output>((done) => client.extend(request, options, done))),
      };
    case "GET":
      return {
        kind: "get",
        ...(await call<GetResponse__Output>((done) => client.get(request, options, done))),
      };
    case "FORGET":
      return {
        kind: "forget",
        ...(await call<ForgetResponse__Output>((done) => client.forget(request, options, done))),
      };
  }
}

export function unary(client: ClaimsClient, withinMs = DEADLINE_MS): Transport {
  return {
    name: "unary",
    ask: (command) => unaryAnswer(client, command, deadline(withinMs)).catch(errorAnswer),
    close: () => undefined,
  };
}

/** All in one Batch; the answers in the order of the commands. */
export async function askBatch(
  client: ClaimsClient,
  commands: readonly Command[],
  withinMs = DEADLINE_MS,
): Promise<Answer[]> {
  const request = { commands: groupsOf(commands) };
  const { answers } = await call<BatchResponse__Output>((done) =>
    client.batch(request, deadline(withinMs), done),
  );
  const all = new Array<Answer | undefined>(commands.length);
  for (const [index, answer] of answersOf(answers)) {
    if (index >= all.length || all[index] !== undefined) throw new Error(`index ${index} twice`);
    all[index] = answer;
  }
  return all.map((answer, index) => {
    if (answer === undefined) throw new Error(`no answer for command ${index}`);
    return answer;
  });
}

export function batch(client: ClaimsClient, withinMs = DEADLINE_MS): Transport {
  return {
    name: "batch",
    ask: (command) =>
      askBatch(client, [command], withinMs).then(
        ([answer]) => answer as Answer,
        (error: unknown) => errorAnswer(error),
      ),
    close: () => undefined,
  };
}

const lost = (message: string): ErrorAnswer => ({
  kind: "error",
  code: status.UNAVAILABLE,
  reason: "",
  message,
  retryAfterMs: 0,
});

/** Opens its stream when first asked, and again after it broke. */
export function session(client: ClaimsClient, withinMs = DEADLINE_MS): Transport {
  let open: SessionCall | undefined;
  return {
    name: "session",
    ask: async (command) => {
      if (open === undefined || open.broken) open = openSession(client);
      const [complaint] = open.complaints;
      if (complaint !== undefined) throw new Error(complaint);
      const [answer] = open.send([command]).answers;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<Answer>((resolve) => {
        timer = setTimeout(() => {
          resolve({ ...lost("deadline"), code: status.DEADLINE_EXCEEDED });
        }, withinMs);
      });
      return await Promise.race([answer as Promise<Answer>, late]).finally(() => {
        clearTimeout(timer);
      });
    },
    close: () => {
      open?.end();
      open = undefined;
    },
  };
}

export const TRANSPORTS = { unary, batch, session } as const;
