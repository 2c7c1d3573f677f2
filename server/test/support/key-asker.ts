/**
 * Asks about one key over one transport: short words for what conformance tests do all day.
 *
 * A refusal is thrown where a normal answer was expected; `refusal` is for those who expect one.
 */
import { randomBytes } from "node:crypto";
import type { Result } from "@claimd/proto";
import type {
  AnswerOf,
  ClaimCommand,
  Command,
  ErrorAnswer,
  FailCommand,
  Transport,
} from "./command.ts";

export const newClaimId = (): Buffer => randomBytes(16);
export const newKey = (name = "key"): Buffer =>
  Buffer.from(`${name}-${randomBytes(8).toString("hex")}`);

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** The answer to a command that is expected to get a normal one. */
export async function askFor<C extends Command>(
  transport: Transport,
  command: C,
): Promise<AnswerOf[C["verb"]]> {
  const answer = await transport.ask(command);
  if (answer.kind === "error") {
    throw new Error(`${command.verb} refused: ${answer.code} ${answer.reason} ${answer.message}`);
  }
  return answer as AnswerOf[C["verb"]];
}

export async function refusal(transport: Transport, command: Command): Promise<ErrorAnswer> {
  const answer = await transport.ask(command);
  if (answer.kind !== "error") throw new Error(`not refused: ${JSON.stringify(answer)}`);
  return answer;
}

type ClaimOptions = Omit<ClaimCommand, "verb" | "namespace" | "key" | "claimId">;

export class KeyAsker {
  readonly transport: Transport;
  readonly namespace: string;
  readonly key: Buffer;
  readonly own = newClaimId();
  readonly other = newClaimId();

  constructor(transport: Transport, namespace: string, key = newKey()) {
    this.transport = transport;
    this.namespace = namespace;
    this.key = key;
  }

  get on(): { readonly namespace: string; readonly key: Buffer } {
    return { namespace: this.namespace, key: this.key };
  }

  claim(claimId = this.own, options: ClaimOptions = {}) {
    return askFor(this.transport, { verb: "CLAIM", ...this.on, claimId, ...options });
  }

  complete(claimId = this.own, result?: Result) {
    const given = result === undefined ? {} : { result };
    return askFor(this.transport, { verb: "COMPLETE", ...this.on, claimId, ...given });
  }

  fail(outcome: FailCommand["outcome"], claimId = this.own, result?: Result) {
    const given = result === undefined ? {} : { result };
    return askFor(this.transport, { verb: "FAIL", ...this.on, claimId, outcome, ...given });
  }

  extend(claimId = this.own, leaseMs?: number) {
    const given = leaseMs === undefined ? {} : { leaseMs };
    return askFor(this.transport, { verb: "EXTEND", ...this.on, claimId, ...given });
  }

  get() {
    return askFor(this.transport, { verb: "GET", ...this.on });
  }

  /** The record, which must be there. */
  async record() {
    const { found, record } = await this.get();
    if (!found || record === null) throw new Error("no record");
    return record;
  }

  forget(fencingToken = 0) {
    return askFor(this.transport, { verb: "FORGET", ...this.on, fencingToken });
  }

  refusal(command: Command): Promise<ErrorAnswer> {
    return refusal(this.transport, command);
  }
}
