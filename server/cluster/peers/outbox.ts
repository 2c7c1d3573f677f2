/**
 * What a node has to say to another one since it last spoke: gathered, and laid out in as few
 * frames and groups of columns as keep the order per partition.
 *
 *     a message joins the latest group of its type, unless its partition has spoken in a later one
 *
 * Must stay true: no frame is larger than a frame may be, as long as no message is.
 */
import type { PeerFrame } from "@claimd/proto";
import { assert } from "../../errors.ts";
import { LIMITS } from "../../limits.ts";
import { COLUMNS_OVERHEAD_BYTES } from "./message-columns.ts";
import type { PeerMessage, PeerMessageType, Received } from "./peer-message.ts";
import { wireBytes, wireOf } from "./peer-messages.ts";

export interface OutgoingFrame {
  readonly frame: PeerFrame;
  /** About what it takes on the wire, and not less. */
  readonly bytes: number;
  readonly messages: number;
}

interface Group {
  readonly type: PeerMessageType;
  readonly messages: Received[];
}

const { max: MAX_BYTES } = LIMITS.peerFrameBytes;

class Draft {
  readonly #groups: Group[] = [];
  /** The latest group in which a partition spoke, and the latest of a type. */
  readonly #groupOf = new Map<number | PeerMessageType, number>();
  bytes = 0;
  messages = 0;

  add(partition: number, message: PeerMessage, bytes: number): void {
    const { type } = message;
    const spokeIn = this.#groupOf.get(partition) ?? 0;
    let at = this.#groupOf.get(type) ?? -1;
    if (at < spokeIn) {
      at = this.#groups.push({ type, messages: [] }) - 1;
      this.#groupOf.set(type, at);
      this.bytes += COLUMNS_OVERHEAD_BYTES;
    }
    this.#groupOf.set(partition, at);
    this.#groups[at]?.messages.push({ partition, message });
    this.bytes += bytes;
    this.messages += 1;
  }

  finish(): OutgoingFrame {
    const messages = this.#groups.map((group) => wireOf(group.type, group.messages));
    return { frame: { messages }, bytes: this.bytes, messages: this.messages };
  }
}

export class Outbox {
  #drafts: Draft[] = [];

  get bytes(): number {
    return this.#drafts.reduce((bytes, draft) => bytes + draft.bytes, 0);
  }

  get messages(): number {
    return this.#drafts.reduce((messages, draft) => messages + draft.messages, 0);
  }

  add(partition: number, message: PeerMessage, bytes = wireBytes(message)): void {
    assert(bytes + COLUMNS_OVERHEAD_BYTES <= MAX_BYTES, "a message fits a frame");
    let draft = this.#drafts.at(-1);
    if (draft === undefined || draft.bytes + bytes + COLUMNS_OVERHEAD_BYTES > MAX_BYTES) {
      draft = new Draft();
      this.#drafts.push(draft);
    }
    draft.add(partition, message, bytes);
  }

  /** All of it, laid out. Copies keys and records: until then they must stay as they are. */
  take(): readonly OutgoingFrame[] {
    const frames = this.#drafts.map((draft) => draft.finish());
    this.#drafts = [];
    return frames;
  }

  /** How many messages were thrown away. */
  clear(): number {
    const { messages } = this;
    this.#drafts = [];
    return messages;
  }
}
