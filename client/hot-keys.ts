/**
 * Keys that the nodes call hot. While a key is: its claims may go to any replica of its partition,
 * its COMPLETED answer is kept, and claims of the same moment share one call.
 *
 * Must stay true: only COMPLETED is ever shared or kept, and never for longer than the server says;
 * everything else is one caller's own. What is kept is asked again soon, because a Forget elsewhere
 * is not seen before.
 */
import { CompletedCache, nameOf, textOf } from "./cache.ts";
import type { ClaimCommand } from "./claim.ts";
import { LIMITS } from "./limits.ts";
import type { ClaimOutcome, Completed } from "./outcome.ts";
import type { ClaimReply } from "./reply.ts";

export class HotKeys {
  /** Until when, by name; the one heard of longest ago first. */
  readonly #untilMs = new Map<string, number>();
  readonly #answers = new CompletedCache(LIMITS.hotKeys.max);
  /** By name and fingerprint. */
  readonly #underWay = new Map<string, Promise<ClaimOutcome>>();
  readonly #keeps: boolean;

  constructor(keeps: boolean) {
    this.#keeps = keeps;
  }

  /** None was heard of: nothing has to be looked up. */
  get areNone(): boolean {
    return this.#untilMs.size === 0;
  }

  /** Costs next to nothing while no key is hot. */
  has({ shape, key }: ClaimCommand, nowMs: number): boolean {
    if (this.areNone) return false;
    const name = nameOf(shape.namespace, key);
    const untilMs = this.#untilMs.get(name);
    if (untilMs === undefined) return false;
    if (nowMs < untilMs) return true;
    this.#untilMs.delete(name);
    return false;
  }

  kept({ shape, key, fingerprint }: ClaimCommand, nowMs: number): Completed | undefined {
    return this.#answers.get(shape.namespace, key, fingerprint as Buffer | undefined, nowMs);
  }

  /** An answer that says that the key is hot. */
  heard({ shape, key, fingerprint }: ClaimCommand, outcome: Completed, reply: ClaimReply): void {
    const { namespace } = shape;
    const name = nameOf(namespace, key);
    this.#untilMs.delete(name);
    this.#untilMs.set(name, reply.sentAtMs + LIMITS.hotMs.max);
    const [oldest] = this.#untilMs.keys();
    if (this.#untilMs.size > LIMITS.hotKeys.max) this.#untilMs.delete(oldest as string);
    if (!this.#keeps) return;
    const expiresInMs = Math.min(reply.expiresInMs, LIMITS.hotMs.max);
    const print = fingerprint as Buffer | undefined;
    this.#answers.put(namespace, key, print, outcome, { ...reply, expiresInMs });
  }

  forget(namespace: string, key: ClaimCommand["key"]): void {
    this.#answers.delete(namespace, key);
  }

  /** The call that is under way for the same key and fingerprint, if there is one. */
  underWay(command: ClaimCommand): Promise<ClaimOutcome> | undefined {
    return this.#underWay.get(sharedName(command));
  }

  /** `asked` is under way from now on until it ends. */
  share(command: ClaimCommand, asked: Promise<ClaimOutcome>): void {
    const name = sharedName(command);
    const over = (): void => {
      if (this.#underWay.get(name) === asked) this.#underWay.delete(name);
    };
    this.#underWay.set(name, asked);
    asked.then(over, over);
  }
}

/** A fingerprint has no more than 32 bytes, so no two pairs share a name. */
function sharedName({ shape, key, fingerprint }: ClaimCommand): string {
  const print = textOf(fingerprint as Buffer | undefined);
  return `${print.length}:${print}${nameOf(shape.namespace, key)}`;
}
