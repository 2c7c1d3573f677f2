/**
 * A member of etcd that says what a test tells it to, over real gRPC: for answers that a real one
 * gives seldom. It keeps what it was asked.
 */
import {
  Metadata,
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type StatusObject,
  type status,
} from "@grpc/grpc-js";
import { ETCD, type RangeRequest, type WatchRequest } from "../etcd-api.ts";

/** undefined = never. */
export type ScriptedAnswer = object | Partial<StatusObject> | undefined;
/** A range or a transaction, and the token that came with it. */
export interface Asked {
  readonly method: "Range" | "Txn" | "Authenticate" | "LeaseGrant";
  readonly request: object;
  readonly token: string | undefined;
}

export type WatchStream = ServerDuplexStream<WatchRequest, object>;

export class ScriptedEtcd implements AsyncDisposable {
  readonly endpoint: string;
  readonly asked: Asked[];
  readonly #server: Server;

  private constructor(server: Server, port: number, asked: Asked[]) {
    this.#server = server;
    this.endpoint = `127.0.0.1:${port}`;
    this.asked = asked;
  }

  /** `answer` is given what was asked; `onWatch` each stream of changes with its first request. */
  static async start(
    answer: (asked: Asked) => ScriptedAnswer,
    onWatch: (stream: WatchStream, first: WatchRequest) => void = () => undefined,
  ): Promise<ScriptedEtcd> {
    const asked: Asked[] = [];
    const unary =
      (method: Asked["method"]) =>
      (call: ServerUnaryCall<object, object>, done: sendUnaryData<object>): void => {
        const [token] = call.metadata.get("token");
        const each = { method, request: call.request, token: token?.toString() };
        asked.push(each);
        const answered = answer(each);
        if (answered === undefined) return;
        if ("code" in answered) done({ details: "", metadata: new Metadata(), ...answered });
        else done(null, answered);
      };
    const server = new Server();
    const { range, txn, authenticate, leaseGrant, watch } = ETCD;
    server.addService({ Range: range, Txn: txn }, { Range: unary("Range"), Txn: unary("Txn") });
    server.addService({ Authenticate: authenticate }, { Authenticate: unary("Authenticate") });
    server.addService({ LeaseGrant: leaseGrant }, { LeaseGrant: unary("LeaseGrant") });
    server.addService(
      { Watch: watch },
      {
        Watch: (stream: WatchStream) => {
          stream.once("data", (first: WatchRequest) => onWatch(stream, first));
          // What asks for progress is answered, so that it is not found silent.
          stream.on("data", (next: WatchRequest) => {
            if ("progress_request" in next) stream.write({ header: { revision: 1 } });
          });
        },
      },
    );
    const port = await new Promise<number>((resolve, reject) => {
      const credentials = ServerCredentials.createInsecure();
      server.bindAsync("127.0.0.1:0", credentials, (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    return new ScriptedEtcd(server, port, asked);
  }

  of(method: Asked["method"]): readonly Asked[] {
    return this.asked.filter((each) => each.method === method);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown();
    return Promise.resolve();
  }
}

/** As a range answers. */
export const page = (
  revision: number,
  entries: readonly (readonly [key: string, revision: number])[],
  more = false,
): object => ({
  header: { revision },
  kvs: entries.map(([key, of]) => ({ key: Buffer.from(key), mod_revision: of, value: BYTES })),
  more,
});

/** As a watch tells of puts of one revision. */
export const puts = (revision: number, ...keys: readonly string[]): object => ({
  header: { revision },
  events: keys.map((key) => ({
    type: "PUT",
    kv: { key: Buffer.from(key), mod_revision: revision, value: BYTES },
  })),
});

const BYTES = Buffer.from("value");

export const refusal = (code: status, details = ""): ScriptedAnswer => ({ code, details });
export const rangeOf = ({ request }: Asked): RangeRequest => request as RangeRequest;
