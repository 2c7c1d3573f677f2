/** Commands, namespaces and askers for the tests of this folder. */

import { keyHash } from "@claimd/proto";
import type { ClaimCommand, Command } from "../../claim/command.ts";
import type { Reply } from "../../claim/reply.ts";
import type { Policy } from "../../storage/policy.ts";
import { Namespace } from "../namespace.ts";
import type { Asker, Submission } from "../submission.ts";
import { Waiting } from "../waiting.ts";

export const POLICY: Policy = {
  name: "payments",
  revision: 1,
  windowMs: 86_400_000,
  maxWindowMs: 86_400_000,
  leaseMs: 30_000,
  maxLeaseMs: 3_600_000,
  maxWaitMs: 30_000,
  onLeaseExpiry: "RECLAIM",
  maxAttempts: 0,
  fingerprint: "OPTIONAL",
  resultMaxBytes: 65_536,
  forgetOnComplete: false,
  observe: false,
  paused: false,
  quota: { claimsPerSecond: 0, records: 0, bytes: 0, waiting: 0 },
};

export function namespaceOf(policy: Partial<Policy> = {}, id = 1): Namespace {
  return new Namespace(id, { ...POLICY, ...policy }, { current: 10 });
}

/** Remembers what it was told, and in which order. */
export class RecordingAsker implements Asker {
  readonly replies = new Map<number, Reply>();
  readonly order: number[] = [];
  flushes = 0;
  #told: (() => void) | undefined;

  answer(index: number, reply: Reply): void {
    if (this.replies.has(index)) throw new Error(`index ${index} was answered twice`);
    this.replies.set(index, reply);
    this.order.push(index);
  }

  flush(): void {
    this.flushes += 1;
    this.#told?.();
  }

  /** Resolves when so many answers are there. */
  async have(count: number): Promise<void> {
    while (this.replies.size < count) {
      await new Promise<void>((resolve) => {
        this.#told = resolve;
      });
    }
  }
}

export function claimBy(owner: number, options: Partial<ClaimCommand> = {}): ClaimCommand {
  return {
    type: "claim",
    claimId: Buffer.alloc(16, owner),
    fingerprint: undefined,
    leaseMs: 0,
    windowMs: 0,
    complete: false,
    holder: "",
    traceparent: "",
    ...options,
  };
}

interface Asked {
  readonly key?: string;
  readonly command?: Command;
  readonly waitMs?: number;
  readonly bytes?: number;
  readonly namespace?: Namespace;
  readonly asker?: Asker;
  readonly index?: number;
}

const defaultNamespace = namespaceOf();

export function submissionFor(asked: Asked): Submission {
  const { key = "key", namespace = defaultNamespace } = asked;
  const bytes = Buffer.from(key);
  return {
    namespace,
    key: bytes,
    hash: keyHash(namespace.name, bytes),
    command: asked.command ?? claimBy(1),
    waitMs: asked.waitMs ?? 0,
    bytes: asked.bytes ?? bytes.length,
    asker: asked.asker ?? new RecordingAsker(),
    index: asked.index ?? 0,
  };
}

export function waitingFor(asked: Asked, nowMs = 0): Waiting {
  return new Waiting(submissionFor(asked), nowMs);
}
