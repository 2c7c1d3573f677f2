/**
 * One command, one answer: what unary calls rest on.
 *
 * A caller that gives up frees its parked claim. A claim that is parked is answered before its
 * caller's deadline, so that calls seldom end as resets: an HTTP/2 server allows only so many.
 */
import type { Commands__Output } from "@claimd/proto";
import type { Refusal, Reply } from "../claim/reply.ts";
import { ClaimdError } from "../errors.ts";
import type { Asker } from "../shard/submission.ts";
import type { CallContext } from "./calls.ts";
import { submitCommands } from "./frame-commands.ts";
import { madeNamespaces } from "./made-namespaces.ts";
import type { NodeService } from "./node.ts";

/** For a turn, and the way back. */
const DEADLINE_MARGIN_MS = 50;

export class OneAnswer implements Asker {
  readonly reply: Promise<Reply>;
  #resolve!: (reply: Reply) => void;

  constructor() {
    this.reply = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  answer(_index: number, reply: Reply): void {
    this.#resolve(reply);
  }

  flush(): void {
    // Each answer goes out on its own.
  }
}

export interface AskOneParts {
  readonly node: NodeService;
  readonly wallClockMs: () => number;
}

/** Rejects with what the command is refused for. */
export async function askOne(
  { node, wallClockMs }: AskOneParts,
  group: Commands__Output,
  context: CallContext,
): Promise<Exclude<Reply, Refusal>> {
  const missing = await madeNamespaces(node.namespaces, [group]);
  const asker = new OneAnswer();
  const maxWaitMs = Math.max(0, context.deadlineMs - wallClockMs() - DEADLINE_MARGIN_MS);
  submitCommands([group], node, asker, { waits: true, maxWaitMs, missing });
  if (group.waitMs > 0) {
    context.onCancel(() => {
      node.cancel(asker, 0);
    });
  }
  return taken(await asker.reply);
}

export function taken(reply: Reply): Exclude<Reply, Refusal> {
  if (reply.type !== "refused") return reply;
  throw new ClaimdError(reply.code, reply.message, reply);
}
