/**
 * etcd's own gRPC API, as far as a claim needs it: create a key if it is absent, with a lease.
 *
 * Numbers are those of etcd's rpc.proto (etcdserverpb, 3.x), names too but for a lease's seconds.
 * Revisions and lease ids have 64 bits: they stay texts. An ambiguous failure is an error: nothing
 * is sent a second time.
 */
import { Client, credentials, type MethodDefinition } from "@grpc/grpc-js";
import { fromJSON, type ServiceDefinition } from "@grpc/proto-loader";

const field = (type: string, id: number) => ({ type, id });
const list = (type: string, id: number) => ({ rule: "repeated", type, id }) as const;
/** The comment is wanted by its type. */
const call = (requestType: string, responseType: string) => ({
  requestType,
  responseType,
  comment: "",
});

const API: Parameters<typeof fromJSON>[0] = {
  nested: {
    etcdserverpb: {
      nested: {
        KV: { methods: { Txn: call("TxnRequest", "TxnResponse") } },
        Lease: { methods: { LeaseGrant: call("LeaseGrantRequest", "LeaseGrantResponse") } },
        Compare: {
          oneofs: { target_union: { oneof: ["create_revision"] } },
          fields: {
            result: field("CompareResult", 1),
            target: field("CompareTarget", 2),
            key: field("bytes", 3),
            create_revision: field("int64", 5),
          },
        },
        CompareResult: { values: { EQUAL: 0 } },
        CompareTarget: { values: { VERSION: 0, CREATE: 1 } },
        PutRequest: {
          fields: { key: field("bytes", 1), value: field("bytes", 2), lease: field("int64", 3) },
        },
        RequestOp: {
          oneofs: { request: { oneof: ["request_put"] } },
          fields: { request_put: field("PutRequest", 2) },
        },
        TxnRequest: { fields: { compare: list("Compare", 1), success: list("RequestOp", 2) } },
        TxnResponse: { fields: { succeeded: field("bool", 2) } },
        LeaseGrantRequest: { fields: { seconds: field("int64", 1) } },
        LeaseGrantResponse: { fields: { ID: field("int64", 2) } },
      },
    },
  },
};

interface TxnRequest {
  readonly compare?: readonly {
    readonly result: "EQUAL";
    readonly target: "CREATE";
    readonly key: Buffer;
    readonly create_revision: number;
  }[];
  readonly success: readonly {
    readonly request_put: { readonly key: Buffer; readonly value: Buffer; readonly lease: string };
  }[];
}

const loaded = fromJSON(API, { keepCase: true, longs: String, enums: String, defaults: true });
const { Txn } = loaded["etcdserverpb.KV"] as ServiceDefinition & {
  readonly Txn: MethodDefinition<TxnRequest, { readonly succeeded: boolean }>;
};
const { LeaseGrant } = loaded["etcdserverpb.Lease"] as ServiceDefinition & {
  readonly LeaseGrant: MethodDefinition<{ readonly seconds: number }, { readonly ID: string }>;
};

export class EtcdClient {
  readonly #client: Client;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure(), {
      "grpc.enable_channelz": 0,
      "grpc.use_local_subchannel_pool": 1,
    });
  }

  async grantLease(seconds: number): Promise<string> {
    return (await this.#ask(LeaseGrant, { seconds })).ID;
  }

  /** True when the key was absent and is there now. */
  create(key: Buffer, value: Buffer, lease: string): Promise<boolean> {
    const request: TxnRequest = {
      compare: [{ result: "EQUAL", target: "CREATE", key, create_revision: 0 }],
      success: [{ request_put: { key, value, lease } }],
    };
    return new Promise((resolve, reject) => {
      this.#send(Txn, request, (error, response) => {
        if (response === undefined) reject(error ?? new Error("no answer"));
        else resolve(response.succeeded);
      });
    });
  }

  /** Whatever was there before. */
  async putAll(keys: readonly Buffer[], value: Buffer, lease: string): Promise<void> {
    await this.#ask(Txn, { success: keys.map((key) => ({ request_put: { key, value, lease } })) });
  }

  close(): void {
    this.#client.close();
  }

  #ask<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      this.#send(method, request, (error, response) => {
        if (response === undefined) reject(error ?? new Error("no answer"));
        else resolve(response);
      });
    });
  }

  #send<Request, Response>(
    { path, requestSerialize, responseDeserialize }: MethodDefinition<Request, Response>,
    request: Request,
    done: (error: Error | null, response?: Response) => void,
  ): void {
    this.#client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, done);
  }
}
