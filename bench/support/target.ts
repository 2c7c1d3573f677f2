/**
 * What a load is put on: something that answers whether a claim of a key was the first.
 *
 * Every target does the same work with the same durability through the client its users would take.
 */
import { openPeer, type PeerAddress } from "../peers/peer-target.ts";
import { type ClaimdAddress, ClaimdTarget } from "./claimd-target.ts";
import { type HotKeyAddress, HotKeyTarget } from "./hot-key-target.ts";

export interface Target {
  /**
   * The answer as the store's client gives it, without a promise of ours around it: what a claim
   * costs the generator is the client's cost.
   */
  claim(key: string): Promise<unknown>;
  /** First: so for exactly one claim of a key within the window. Default: the answer is `true`. */
  isFirst?(answer: unknown): boolean;
  /**
   * Whether an error says that the store was too busy: then an open loop counts it and goes on.
   * Default: no error does.
   */
  isUnanswered?(error: unknown): boolean;
  close(): Promise<void>;
}

export type TargetAddress = ClaimdAddress | HotKeyAddress | PeerAddress;

export function openTarget(at: TargetAddress): Target {
  switch (at.kind) {
    case "claimd":
      return new ClaimdTarget(at);
    case "hot-key":
      return new HotKeyTarget(at);
    default:
      return openPeer(at);
  }
}
