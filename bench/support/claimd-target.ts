/**
 * claimd as a target: through its SDK as users take it, and through plain unary calls.
 *
 * What is answered is checked here as far as it concerns one claim alone: a refused completion or
 * an answer that no claim of these loads may get throws. Who won is the oracle's matter.
 */
import { randomFillSync } from "node:crypto";
import { type ClaimdClient, createClient, isClaimdError } from "@claimd/client";
import { type ClaimResponse__Output, loadClaimd } from "@claimd/proto";
import { type ChannelCredentials, credentials, Metadata } from "@grpc/grpc-js";
import { MIXED_NAMESPACES, type MixedNamespace, withWindow } from "./mixed-namespaces.ts";
import type { Target } from "./target.ts";

export interface ClaimdAddress {
  readonly kind: "claimd";
  readonly address: string;
  /** Default: NAMESPACE. */
  readonly namespace?: string;
  /** PEM of the authorities to trust; `true` = those that Node trusts. Default: plaintext. */
  readonly tls?: true | { readonly ca: string };
  readonly token?: string;
  /** Nothing is kept of completed keys: every claim reaches a node. */
  readonly cache?: false;
  /** The store may be away: a claim that found nobody is counted, and the load goes on. */
  readonly mayBeAway?: true;
  /** Of the namespaces of `mixed`, instead of their own: their keys are dropped within minutes. */
  readonly windowMs?: number;
}

export const NAMESPACE = "bench";
export const RESULT_BYTES = 1024;
/** How long the claimants of `waitForResult` work. */
const WORK_MS = 5;
/** Longer than any load keeps a claimant from completing, shorter than the policies' 30 s. */
const WAIT_MS = 20_000;
/** Results differ from their neighbours: the store packs, and equal ones would flatter it. */
const POOL = randomFillSync(Buffer.alloc(64 * RESULT_BYTES));
/** A prime: it takes long until a result comes again. */
const RESULT_DISTANCE = 10_007;
const CLAIM_ID_BYTES = 16;

type ClaimsStub = InstanceType<ReturnType<typeof loadClaimd>["Claims"]>;
type AdminStub = InstanceType<ReturnType<typeof loadClaimd>["Admin"]>;

/** What became of a claim that waits for a result. */
export type Waited = "first" | "got the result" | "got no result" | "got another result";

export class ClaimdTarget implements Target {
  readonly #at: ClaimdAddress;
  readonly #namespace: string;
  readonly #client: ClaimdClient;
  readonly #metadata = new Metadata();
  #stub: ClaimsStub | undefined;
  #settled = 0;

  constructor(at: ClaimdAddress) {
    const { address, namespace = NAMESPACE, tls, token, cache } = at;
    this.#at = at;
    this.#namespace = namespace;
    this.#client = createClient({
      address,
      namespace,
      ...(tls === undefined ? {} : { tls }),
      ...(token === undefined ? {} : { token }),
      ...(cache === undefined ? {} : { cache }),
    });
    if (token !== undefined) this.#metadata.set("authorization", `Bearer ${token}`);
  }

  claim(key: string): Promise<unknown> {
    return this.#client.checkAndSet(key);
  }

  isFirst(answer: unknown): boolean {
    return (answer as { readonly first: boolean }).first;
  }

  isUnanswered(error: unknown): boolean {
    return saysBusy(error) || (this.#at.mayBeAway === true && isClaimdError(error, "UNAVAILABLE"));
  }

  /** Claims and completes with 1 KiB; true for the one who did. */
  async settle(key: string): Promise<boolean> {
    const claim = await this.#client.claim(key);
    if (claim.status !== "GRANTED") return false;
    const from = (this.#settled++ * RESULT_DISTANCE) % (POOL.length - RESULT_BYTES);
    const data = POOL.subarray(from, from + RESULT_BYTES);
    stands(key, await claim.complete({ data }));
    return true;
  }

  /** The result is the key itself, so that everybody knows what to expect. */
  async waitForResult(key: string): Promise<Waited> {
    const claim = await this.#client.claim(key, { waitMs: WAIT_MS });
    if (claim.status === "GRANTED") {
      await new Promise((resolve) => setTimeout(resolve, WORK_MS));
      stands(key, await claim.complete({ data: Buffer.from(key, "latin1") }));
      return "first";
    }
    if (claim.status !== "COMPLETED" || claim.result === undefined) return "got no result";
    const text = Buffer.from(claim.result.data).toString("latin1");
    return text === key ? "got the result" : "got another result";
  }

  /** Whether each of them was the first of its key. */
  async batch(keys: readonly string[]): Promise<readonly boolean[]> {
    const outcomes = await this.#client.batch(
      keys.map((key) => ({ type: "checkAndSet", key }) as const),
    );
    return outcomes.map((outcome) => {
      if (!outcome.ok) throw outcome.error;
      return outcome.value.first;
    });
  }

  /** In the namespace that the number names, in its own way. */
  async mixed(key: string, number: number): Promise<boolean> {
    const place = number % MIXED_NAMESPACES.length;
    const mixed = MIXED_NAMESPACES[place] ?? MIXED_NAMESPACES[0];
    const { fingerprint } = mixed;
    const options = {
      namespace: this.#nameOf(mixed),
      ...(fingerprint === undefined ? {} : { fingerprint }),
    };
    if (!mixed.twoCalls) return (await this.#client.checkAndSet(key, options)).first;
    const claim = await this.#client.claim(key, options);
    if (claim.status !== "GRANTED") return false;
    stands(key, await claim.complete());
    return true;
  }

  /** A call of its own, as a client in another language makes it. */
  unary(key: string): Promise<boolean> {
    const stub = (this.#stub ??= this.#openStub());
    const request = {
      namespace: this.#namespace,
      key: Buffer.from(key, "latin1"),
      claimId: randomFillSync(Buffer.allocUnsafe(CLAIM_ID_BYTES)),
      complete: true,
    };
    return new Promise((resolve, reject) => {
      const answered = (error: Error | null, answer?: ClaimResponse__Output): void => {
        if (error === null) resolve(answer?.status === "GRANTED");
        else reject(error);
      };
      stub.Claim(request, this.#metadata, answered);
    });
  }

  /** Makes the namespaces of `mixed`; one that is there stays as it is. */
  async makeMixedNamespaces(): Promise<void> {
    const { Admin } = loadClaimd();
    const admin = new Admin(this.#at.address, this.#credentials());
    try {
      for (const mixed of MIXED_NAMESPACES) await this.#makeNamespace(admin, mixed);
    } finally {
      admin.close();
    }
  }

  async close(): Promise<void> {
    this.#stub?.close();
    await this.#client.close();
  }

  #nameOf({ name }: MixedNamespace): string {
    return `${this.#namespace}-${name}`;
  }

  #makeNamespace(admin: AdminStub, mixed: MixedNamespace): Promise<void> {
    const { windowMs } = this.#at;
    const policy = windowMs === undefined ? mixed.policy : withWindow(mixed.policy, windowMs);
    const namespace = { ...policy, name: this.#nameOf(mixed) };
    return new Promise((resolve, reject) => {
      admin.PutNamespace({ namespace }, this.#metadata, (error) => {
        const [reason] = error?.metadata.get("claimd-reason") ?? [];
        if (error === null || reason === "NAMESPACE_EXISTS") resolve();
        else reject(error);
      });
    });
  }

  #openStub(): ClaimsStub {
    const { Claims } = loadClaimd();
    const options = { "grpc.enable_channelz": 0, "grpc.enable_retries": 0 };
    return new Claims(this.#at.address, this.#credentials(), options);
  }

  #credentials(): ChannelCredentials {
    const { tls } = this.#at;
    if (tls === undefined) return credentials.createInsecure();
    return tls === true ? credentials.createSsl() : credentials.createSsl(Buffer.from(tls.ca));
  }
}

/** Overload, not a mistake: the client had no room for a claim, or its time was over. */
export function saysBusy(error: unknown): boolean {
  return isClaimdError(error, "RESOURCE_EXHAUSTED", "DEADLINE");
}

function stands(key: string, { status }: { readonly status: string }): void {
  if (status === "APPLIED" || status === "ALREADY_APPLIED") return;
  throw new Error(`the store is wrong: the completion of ${key} was answered ${status}`);
}
