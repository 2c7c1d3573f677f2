/**
 * One frame of a session on its way: who hears the answers of its commands, and what may be parked.
 *
 * Must stay true: each command is answered once; what has been answered leaves with the next flush,
 * or at once when it has grown to a message of its own.
 */
import type { Commands__Output } from "@claimd/proto";
import type { Reply } from "../claim/reply.ts";
import { LIMITS } from "../limits.ts";
import type { Asker } from "../shard/submission.ts";
import { AnswerColumns } from "./answer-columns.ts";

export interface FrameOwner {
  /** Bytes of results that may still be gathered, as long as the client has not read more. */
  readonly resultRoom: number;
  /** What `frame` has gathered is to be sent. */
  send(frame: SessionFrame): void;
  /** One more command has its answer, gathered and not yet sent. */
  answered(): void;
}

const { max: MESSAGE_BYTES } = LIMITS.sessionMessageBytes;

export class SessionFrame implements Asker {
  readonly id: number;
  readonly columns = new AnswerColumns(0);
  readonly #owner: FrameOwner;
  #open: number;
  /** Indexes of claims that may be parked. */
  #waiting: Set<number> | undefined;

  constructor(owner: FrameOwner, id: number, count: number, groups: readonly Commands__Output[]) {
    this.#owner = owner;
    this.id = id;
    this.#open = count;
    let index = 0;
    for (const { keyBytes, verb, waitMs } of groups) {
      const end = index + keyBytes.length;
      if (verb === "CLAIM" && waitMs > 0) {
        this.#waiting ??= new Set();
        for (let at = index; at < end; at++) this.#waiting.add(at);
      }
      index = end;
    }
  }

  /** Commands without an answer. */
  get open(): number {
    return this.#open;
  }

  get waiting(): ReadonlySet<number> | undefined {
    return this.#waiting;
  }

  answer(index: number, reply: Reply): void {
    const { columns } = this;
    columns.resultRoom = this.#owner.resultRoom - columns.bytes;
    columns.add(index, reply);
    this.#waiting?.delete(index);
    this.#open -= 1;
    this.#owner.answered();
    if (columns.bytes >= MESSAGE_BYTES) this.#owner.send(this);
  }

  flush(): void {
    if (!this.columns.isEmpty) this.#owner.send(this);
  }

  refuseAll(reply: Reply): void {
    for (let index = 0, count = this.#open; index < count; index++) this.answer(index, reply);
    this.flush();
  }
}
