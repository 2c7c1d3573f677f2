/**
 * Batch: up to 1,000 commands, an answer each, in one unary call.
 *
 * Never waits for a running key, and never answers with more than 3 MiB: a unary answer that is too
 * large fails at the client on every retry. Results beyond come as omitted.
 *
 * What other nodes lead is sent on to them, all at once and once only (forwarding.ts).
 */
import {
  type Answers,
  type BatchRequest__Output,
  type BatchResponse,
  loadClaimd,
} from "@claimd/proto";
import type { Refusal, Reply } from "../claim/reply.ts";
import { ClaimdError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Asker } from "../shard/submission.ts";
import { AnswerColumns, PLAIN_ANSWER_BYTES } from "./answer-columns.ts";
import { addAnswers, commandsAt } from "./batch-elsewhere.ts";
import type { CallContext, UnaryMethod } from "./calls.ts";
import type { Forwarding } from "./forwarding.ts";
import { commandCount, submitCommands } from "./frame-commands.ts";
import { madeNamespaces } from "./made-namespaces.ts";
import type { NodeService } from "./node.ts";
import { failureOf } from "./status.ts";

const { max: MAX_COMMANDS } = LIMITS.batchCommands;

class AllAnswers implements Asker {
  /** Here, when all are; but for those that are led elsewhere. */
  readonly columns: AnswerColumns;
  /** Indexes by the address of the node that leads them. */
  readonly elsewhere = new Map<string, number[]>();
  readonly answered: Promise<void>;
  readonly #sendsOn: boolean;
  #resolve!: () => void;
  #open: number;

  constructor(count: number, sendsOn: boolean) {
    this.#open = count;
    this.#sendsOn = sendsOn;
    this.columns = new AnswerColumns(LIMITS.batchAnswerBytes.max - count * PLAIN_ANSWER_BYTES);
    this.answered = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    if (count === 0) this.#resolve();
  }

  answer(index: number, reply: Reply): void {
    const leader = reply.type === "refused" ? (reply.leader?.address ?? "") : "";
    if (leader === "" || !this.#sendsOn) this.columns.add(index, reply);
    else if (this.elsewhere.get(leader)?.push(index) === undefined) {
      this.elsewhere.set(leader, [index]);
    }
    this.#open -= 1;
    if (this.#open === 0) this.#resolve();
  }

  flush(): void {
    // Sent as a whole, with the last answer.
  }
}

export function batch(
  node: NodeService,
  forwarding: Forwarding,
): UnaryMethod<BatchRequest__Output, BatchResponse> {
  return async (request, context) => {
    const { commands } = request;
    const count = commandCount(commands);
    if (count > MAX_COMMANDS) {
      throw new ClaimdError("INVALID_ARGUMENT", tooManyCommands(count));
    }
    const missing = await madeNamespaces(node.namespaces, commands);
    const asker = new AllAnswers(count, !context.isForwarded);
    submitCommands(commands, node, asker, { waits: false, maxWaitMs: 0, missing });
    await asker.answered;
    if (asker.elsewhere.size === 0) return { answers: asker.columns.take() };
    return { answers: await withElsewhere(request, asker, forwarding, context) };
  };
}

/** All the answers, when the other nodes have answered theirs. */
async function withElsewhere(
  { commands }: BatchRequest__Output,
  { columns, elsewhere }: AllAnswers,
  forwarding: Forwarding,
  context: CallContext,
): Promise<Answers> {
  const { Batch } = loadClaimd().Claims.service;
  const cancels: (() => void)[] = [];
  const caller = {
    deadlineMs: context.deadlineMs,
    onCancel: (cancel: () => void) => cancels.push(cancel),
  };
  const asked = [...elsewhere].map(async ([leader, unsorted]) => {
    const indexes = unsorted.sort((a, b) => a - b);
    const request = { commands: commandsAt(commands, indexes) };
    const answer = await forwarding.ask(leader, Batch, request, caller).catch(refusalOf);
    return { indexes, answer };
  });
  context.onCancel(() => {
    for (const cancel of cancels) cancel();
  });
  const told = await Promise.all(asked);
  for (const { indexes, answer } of told) {
    if ("type" in answer) for (const index of indexes) columns.add(index, answer);
  }
  const answers = columns.take();
  for (const { indexes, answer } of told) {
    if ("type" in answer || answer.answers === null) continue;
    addAnswers(answers, answer.answers, indexes, (result) => columns.fitted(result));
  }
  return answers;
}

function refusalOf(error: unknown): Refusal {
  const { code, message, retryAfterMs } = failureOf(error);
  return { type: "refused", code, message, retryAfterMs };
}

export function tooManyCommands(count: number): string {
  return `commands: ${count} commands, at most ${MAX_COMMANDS}`;
}
