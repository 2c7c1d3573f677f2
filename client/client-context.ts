/** What every kind of call needs: settings, the way to the nodes, claim ids, the cache. */
import type { Asker } from "./asker.ts";
import type { CompletedCache } from "./cache.ts";
import type { Shape } from "./call.ts";
import type { ClaimIds } from "./claim-ids.ts";
import type { HotKeys } from "./hot-keys.ts";
import type { Settings } from "./options.ts";

export interface ClientContext {
  readonly settings: Settings;
  readonly asker: Asker;
  readonly claimIds: ClaimIds;
  /** Undefined where there is none. */
  readonly cache: CompletedCache | undefined;
  readonly hotKeys: HotKeys;
  /** What claims without options of their own share: the same object, so the same group. */
  readonly plain: { readonly claim: Shape; readonly checkAndSet: Shape };
}

/** A settlement that did not get through, where nobody waits for it: the lease ends the claim. */
export function tellUnsettled(context: ClientContext, namespace: string, error: unknown): void {
  context.asker.counters.unsettled++;
  context.settings.hooks.onUnsettled?.({ namespace, error });
}

/** Options of every call. */
export interface CallOptions {
  /** Default: the client's. */
  readonly namespace?: string;
  /** How long the call may take with all its retries, `waitMs` aside. Default: the client's. */
  readonly timeoutMs?: number;
  /** Gives the call up: it ends with ABORTED, and a grant that comes later is given back. */
  readonly signal?: AbortSignal;
}
