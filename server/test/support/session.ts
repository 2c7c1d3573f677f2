/**
 * One Session stream: frames out, answers to their askers.
 *
 * Must stay true, and fails loudly where the server breaks it: an answer belongs to a frame that
 * was sent and an index of it that was not answered before.
 */
import type { SessionRequest, SessionResponse__Output } from "@claimd/proto";
import type { ClientDuplexStream } from "@grpc/grpc-js";
import { answersOf, groupsOf } from "./columns.ts";
import type { Answer, Command } from "./command.ts";
import { type ClaimsClient, errorAnswer } from "./wire.ts";

export interface SentFrame {
  readonly frame: number;
  /** One for each command, in their order. */
  readonly answers: readonly Promise<Answer>[];
}

export interface SessionCall {
  readonly broken: boolean;
  /** What the server did that no server may do. */
  readonly complaints: readonly string[];
  send(commands: readonly Command[]): SentFrame;
  cancel(frame: number, index: number): void;
  /** Half-closes: what was sent is still answered. */
  end(): void;
  /** Ends the stream at once. */
  abort(): void;
}

type Waiting = Map<number, (answer: Answer) => void>;

export function openSession(client: ClaimsClient): SessionCall {
  const stream: ClientDuplexStream<SessionRequest, SessionResponse__Output> = client.session();
  const frames = new Map<number, Waiting>();
  const complaints: string[] = [];
  let lastFrame = 0;
  let broken = false;

  stream.on("data", ({ frame, answers }: SessionResponse__Output) => {
    const waiting = frames.get(frame);
    for (const [index, answer] of answersOf(answers)) {
      const resolve = waiting?.get(index);
      if (resolve === undefined) complaints.push(`unasked answer ${frame}/${index}`);
      waiting?.delete(index);
      resolve?.(answer);
    }
    if (waiting?.size === 0) frames.delete(frame);
  });
  const breakWith = (error: unknown): void => {
    broken = true;
    for (const waiting of frames.values()) {
      for (const resolve of waiting.values()) resolve(errorAnswer(error));
    }
    frames.clear();
  };
  stream.on("error", breakWith);
  stream.on("end", () => {
    breakWith({ code: 14, details: "the server ended the stream" });
  });

  return {
    get broken() {
      return broken;
    },
    complaints,
    send: (commands) => {
      const frame = ++lastFrame;
      const waiting: Waiting = new Map();
      const answers = commands.map(
        (_, index) => new Promise<Answer>((resolve) => waiting.set(index, resolve)),
      );
      frames.set(frame, waiting);
      if (broken) breakWith({ code: 14, details: "the stream is broken" });
      else stream.write({ frame, commands: groupsOf(commands) });
      return { frame, answers };
    },
    cancel: (frame, index) => {
      stream.write({ cancel: [{ frame, index }] });
    },
    end: () => {
      broken = true;
      stream.end();
    },
    abort: () => {
      broken = true;
      stream.cancel();
    },
  };
}
