/**
 * Batch: up to 1,000 commands, an answer each, in one unary call.
 *
 * Never waits for a running key, and never answers with more than 3 MiB: a unary answer that is too
 * large fails at the client on every retry. Results beyond come as omitted.
 */
import type { BatchRequest__Output, BatchResponse } from "@claimd/proto";
import type { Reply } from "../claim/reply.ts";
import { ClaimdError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Asker } from "../shard/submission.ts";
import { AnswerColumns, PLAIN_ANSWER_BYTES } from "./answer-columns.ts";
import type { UnaryMethod } from "./calls.ts";
import { commandCount, submitCommands } from "./frame-commands.ts";
import { madeNamespaces } from "./made-namespaces.ts";
import type { NodeService } from "./node.ts";

const { max: MAX_COMMANDS } = LIMITS.batchCommands;

class AllAnswers implements Asker {
  readonly answers: Promise<AnswerColumns>;
  readonly #columns: AnswerColumns;
  #resolve!: (columns: AnswerColumns) => void;
  #open: number;

  constructor(count: number) {
    this.#open = count;
    this.#columns = new AnswerColumns(LIMITS.batchAnswerBytes.max - count * PLAIN_ANSWER_BYTES);
    this.answers = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    if (count === 0) this.#resolve(this.#columns);
  }

  answer(index: number, reply: Reply): void {
    this.#columns.add(index, reply);
    this.#open -= 1;
    if (this.#open === 0) this.#resolve(this.#columns);
  }

  flush(): void {
    // Sent as a whole, with the last answer.
  }
}

export function batch(node: NodeService): UnaryMethod<BatchRequest__Output, BatchResponse> {
  return async ({ commands }) => {
    const count = commandCount(commands);
    if (count > MAX_COMMANDS) {
      throw new ClaimdError("INVALID_ARGUMENT", tooManyCommands(count));
    }
    const missing = await madeNamespaces(node.namespaces, commands);
    const asker = new AllAnswers(count);
    submitCommands(commands, node, asker, { waits: false, maxWaitMs: 0, missing });
    return { answers: (await asker.answers).take() };
  };
}

export function tooManyCommands(count: number): string {
  return `commands: ${count} commands, at most ${MAX_COMMANDS}`;
}
