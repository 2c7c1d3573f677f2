/**
 * All keys below a prefix as of one revision, page by page: grpc-js drops an answer of more than
 * 4 MiB, and a value may have 1.5 MiB.
 */
import { status } from "@grpc/grpc-js";
import { ClaimdError } from "../../errors.ts";
import type { Versioned } from "../coordinator.ts";
import { ETCD, endOfPrefix, type KeyValue, revisionOf } from "./etcd-api.ts";
import type { EtcdCalls } from "./etcd-calls.ts";
import { statusCodeOf } from "./etcd-failure.ts";

export interface EtcdList {
  /** Everything is as it was at this revision. */
  readonly revision: number;
  readonly entries: readonly Versioned[];
}

/** Records have a few hundred bytes: far below an answer's bound, and few round trips. */
const PAGE_KEYS = 1024;
/** A list that takes longer than etcd keeps old revisions is begun again so often. */
const MOST_BEGINNINGS = 3;

/** Rejects with COORDINATOR_UNAVAILABLE. */
export async function listPrefix(calls: EtcdCalls, prefix: string): Promise<EtcdList> {
  for (let left = MOST_BEGINNINGS - 1; ; left--) {
    try {
      return await listOnce(calls, prefix);
    } catch (error) {
      if (left === 0 || causeCodeOf(error) !== status.OUT_OF_RANGE) throw error;
    }
  }
}

export function versionedOf({ key, value, mod_revision }: KeyValue): Versioned {
  return { key: key.toString(), value, revision: revisionOf(mod_revision) };
}

async function listOnce(calls: EtcdCalls, prefix: string): Promise<EtcdList> {
  const entries: Versioned[] = [];
  const range_end = endOfPrefix(prefix);
  let key: Buffer = Buffer.from(prefix);
  let revision = 0;
  let limit = PAGE_KEYS;
  for (;;) {
    const request = { key, range_end, limit, revision };
    const expected = [status.OUT_OF_RANGE, ...(limit > 1 ? [status.RESOURCE_EXHAUSTED] : [])];
    try {
      const page = await calls.ask(ETCD.range, request, expected);
      if (revision === 0) revision = revisionOf(page.header?.revision);
      entries.push(...page.kvs.map(versionedOf));
      const last = page.kvs.at(-1);
      if (!page.more || last === undefined) return { revision, entries };
      // The least key behind the last one.
      key = Buffer.concat([last.key, Buffer.of(0)]);
    } catch (error) {
      if (causeCodeOf(error) !== status.RESOURCE_EXHAUSTED || limit === 1) throw error;
      limit = Math.ceil(limit / 4);
    }
  }
}

/** The status that etcd, or grpc-js, gave. */
function causeCodeOf(error: unknown): number | undefined {
  return error instanceof ClaimdError ? statusCodeOf(error.cause) : undefined;
}
