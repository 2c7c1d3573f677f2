/**
 * A submission with what the turn knows of it: its place in storage, its deadline, its place among
 * the parked. One object per command, made when it is submitted.
 */

import { filterHash } from "../storage/generation-filter.ts";
import type { GenerationClasses } from "../storage/generation.ts";
import { keyId } from "../storage/key-ref.ts";
import type { KeyRef } from "../storage/record-store.ts";
import { PARTITIONS } from "../limits.ts";
import type { Submission } from "./submission.ts";

export class Waiting implements KeyRef {
  readonly submission: Submission;
  /** When the claim is answered IN_PROGRESS at the latest, should it be parked. */
  readonly deadlineMs: number;
  readonly id: string;
  readonly partition: number;
  readonly hashA: number;
  readonly hashB: number;
  /** When its turn began nothing was stored or staged of its key. */
  isNew = false;
  /** A parked claim that is on its way through a turn once more. */
  looking = false;
  /** The caller gave up before the claim was parked: it will not be. */
  gaveUp = false;
  /** Answered while it was on its way: the turn passes over it. */
  answered = false;

  constructor(submission: Submission, nowMs: number) {
    const { namespace, key, hash } = submission;
    this.submission = submission;
    this.deadlineMs = nowMs + submission.waitMs;
    this.id = keyId(namespace.id, key);
    this.partition = hash % PARTITIONS;
    this.hashA = hash;
    this.hashB = filterHash(namespace.id, key);
  }

  get namespaceId(): number {
    return this.submission.namespace.id;
  }

  get classes(): GenerationClasses {
    return this.submission.namespace.classes;
  }

  get key(): Buffer {
    return this.submission.key;
  }
}
