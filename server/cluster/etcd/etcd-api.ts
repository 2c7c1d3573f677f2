/**
 * Etcd's own gRPC API, as far as a coordinator needs it.
 *
 * Numbers are those of etcd's rpc.proto and kv.proto (etcdserverpb, mvccpb; 3.4 and later), names
 * too but for a lease's seconds. Numbers of 64 bits come as texts: `revisionOf` makes them numbers
 * where they are exact, ids of leases stay texts.
 */
import type { MethodDefinition } from "@grpc/grpc-js";
import { fromJSON, type ServiceDefinition } from "@grpc/proto-loader";
import { assert } from "../../errors.ts";

const field = (type: string, id: number) => ({ type, id });
const list = (type: string, id: number) => ({ rule: "repeated", type, id }) as const;
/** The comment is wanted by its type. */
const call = (name: string) => ({
  requestType: `${name}Request`,
  responseType: `${name}Response`,
  comment: "",
});
const stream = (name: string) => ({ ...call(name), requestStream: true, responseStream: true });
const header = field("ResponseHeader", 1);

const API: Parameters<typeof fromJSON>[0] = {
  nested: {
    etcdserverpb: {
      nested: {
        KV: { methods: { Range: call("Range"), Txn: call("Txn") } },
        Lease: {
          methods: {
            LeaseGrant: call("LeaseGrant"),
            LeaseRevoke: call("LeaseRevoke"),
            LeaseKeepAlive: stream("LeaseKeepAlive"),
          },
        },
        Watch: { methods: { Watch: stream("Watch") } },
        Auth: { methods: { Authenticate: call("Authenticate") } },

        ResponseHeader: { fields: { revision: field("int64", 3) } },
        KeyValue: {
          fields: {
            key: field("bytes", 1),
            mod_revision: field("int64", 3),
            value: field("bytes", 5),
          },
        },

        RangeRequest: {
          fields: {
            key: field("bytes", 1),
            range_end: field("bytes", 2),
            limit: field("int64", 3),
            revision: field("int64", 4),
          },
        },
        RangeResponse: { fields: { header, kvs: list("KeyValue", 2), more: field("bool", 3) } },

        Compare: {
          oneofs: { target_union: { oneof: ["mod_revision"] } },
          fields: {
            result: field("CompareResult", 1),
            target: field("CompareTarget", 2),
            key: field("bytes", 3),
            mod_revision: field("int64", 6),
          },
        },
        CompareResult: { values: { EQUAL: 0 } },
        CompareTarget: { values: { VERSION: 0, CREATE: 1, MOD: 2 } },
        PutRequest: {
          fields: { key: field("bytes", 1), value: field("bytes", 2), lease: field("int64", 3) },
        },
        DeleteRangeRequest: { fields: { key: field("bytes", 1) } },
        RequestOp: {
          oneofs: { request: { oneof: ["request_put", "request_delete_range"] } },
          fields: {
            request_put: field("PutRequest", 2),
            request_delete_range: field("DeleteRangeRequest", 3),
          },
        },
        TxnRequest: { fields: { compare: list("Compare", 1), success: list("RequestOp", 2) } },
        TxnResponse: { fields: { succeeded: field("bool", 2) } },

        LeaseGrantRequest: { fields: { seconds: field("int64", 1) } },
        LeaseGrantResponse: { fields: { ID: field("int64", 2) } },
        LeaseRevokeRequest: { fields: { ID: field("int64", 1) } },
        LeaseRevokeResponse: { fields: {} },
        LeaseKeepAliveRequest: { fields: { ID: field("int64", 1) } },
        LeaseKeepAliveResponse: { fields: { ID: field("int64", 2), seconds: field("int64", 3) } },

        WatchRequest: {
          oneofs: { request_union: { oneof: ["create_request", "progress_request"] } },
          fields: {
            create_request: field("WatchCreateRequest", 1),
            progress_request: field("WatchProgressRequest", 3),
          },
        },
        WatchCreateRequest: {
          fields: {
            key: field("bytes", 1),
            range_end: field("bytes", 2),
            start_revision: field("int64", 3),
            fragment: field("bool", 8),
          },
        },
        WatchProgressRequest: { fields: {} },
        WatchResponse: {
          fields: {
            header,
            created: field("bool", 3),
            canceled: field("bool", 4),
            compact_revision: field("int64", 5),
            cancel_reason: field("string", 6),
            events: list("Event", 11),
          },
        },
        Event: { fields: { type: field("EventType", 1), kv: field("KeyValue", 2) } },
        EventType: { values: { PUT: 0, DELETE: 1 } },

        AuthenticateRequest: { fields: { name: field("string", 1), password: field("string", 2) } },
        AuthenticateResponse: { fields: { token: field("string", 2) } },
      },
    },
  },
};

interface ResponseHeader {
  readonly revision: string;
}

export interface KeyValue {
  readonly key: Buffer;
  readonly mod_revision: string;
  readonly value: Buffer;
}

export interface RangeRequest {
  readonly key: Buffer;
  /** Behind the last key; without it `key` alone is meant. */
  readonly range_end?: Buffer;
  readonly limit?: number;
  /** As of then; without it, as it is. */
  readonly revision?: number;
}

export interface RangeResponse {
  readonly header: ResponseHeader | null;
  readonly kvs: readonly KeyValue[];
  /** The limit has left some out. */
  readonly more: boolean;
}

export interface Compare {
  readonly result: "EQUAL";
  readonly target: "MOD";
  readonly key: Buffer;
  /** 0 = the key is not there. */
  readonly mod_revision: number;
}

export type RequestOp =
  | {
      readonly request_put: {
        readonly key: Buffer;
        readonly value: Uint8Array;
        readonly lease?: string;
      };
    }
  | { readonly request_delete_range: { readonly key: Buffer } };

export interface TxnRequest {
  readonly compare?: readonly Compare[];
  readonly success: readonly RequestOp[];
}

export interface KeepAliveResponse {
  /** That the lease still has; 0 = it is gone. */
  readonly seconds: string;
}

export type WatchRequest =
  | {
      readonly create_request: {
        readonly key: Buffer;
        readonly range_end: Buffer;
        /** 0 = from now on. */
        readonly start_revision: number;
        readonly fragment: boolean;
      };
    }
  | { readonly progress_request: object };

export interface WatchEvent {
  readonly type: "PUT" | "DELETE";
  readonly kv: KeyValue | null;
}

export interface WatchResponse {
  readonly header: ResponseHeader | null;
  readonly created: boolean;
  readonly canceled: boolean;
  /** When it was cancelled because what it asked for is compacted: up to where; else 0. */
  readonly compact_revision: string;
  readonly cancel_reason: string;
  readonly events: readonly WatchEvent[];
}

type Method<Q, R> = MethodDefinition<Q, R>;

const loaded = fromJSON(API, { keepCase: true, longs: String, enums: String, defaults: true });
const service = (name: string) => loaded[`etcdserverpb.${name}`] as ServiceDefinition;

const kv = service("KV") as ServiceDefinition & {
  readonly Range: Method<RangeRequest, RangeResponse>;
  readonly Txn: Method<TxnRequest, { readonly succeeded: boolean }>;
};
const lease = service("Lease") as ServiceDefinition & {
  readonly LeaseGrant: Method<{ readonly seconds: number }, { readonly ID: string }>;
  readonly LeaseRevoke: Method<{ readonly ID: string }, object>;
  readonly LeaseKeepAlive: Method<{ readonly ID: string }, KeepAliveResponse>;
};
const watch = service("Watch") as ServiceDefinition & {
  readonly Watch: Method<WatchRequest, WatchResponse>;
};
const auth = service("Auth") as ServiceDefinition & {
  readonly Authenticate: Method<
    { readonly name: string; readonly password: string },
    { readonly token: string }
  >;
};

export const ETCD = {
  range: kv.Range,
  txn: kv.Txn,
  leaseGrant: lease.LeaseGrant,
  leaseRevoke: lease.LeaseRevoke,
  leaseKeepAlive: lease.LeaseKeepAlive,
  watch: watch.Watch,
  authenticate: auth.Authenticate,
} as const;

/** A revision as a number: exact, or it is none. */
export function revisionOf(text: string | undefined): number {
  const revision = Number(text);
  assert(Number.isSafeInteger(revision) && revision > 0, `a revision of etcd is ${text ?? "none"}`);
  return revision;
}

/** What stands behind all keys that begin with the prefix: its last byte, one higher. */
export function endOfPrefix(prefix: string): Buffer {
  const end = Buffer.from(prefix);
  assert(end.length > 0, "a prefix must have a first byte");
  // UTF-8 has no byte 255: none ever overflows.
  end.writeUInt8(end.readUInt8(end.length - 1) + 1, end.length - 1);
  return end;
}
