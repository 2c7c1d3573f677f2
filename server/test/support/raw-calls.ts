/**
 * Calls with bytes of the test's choosing instead of messages: what a broken or hostile client
 * sends.
 */
import { loadClaimd } from "@claimd/proto";
import { Client, credentials, type ServiceError, type requestCallback } from "@grpc/grpc-js";
import { deadline } from "./wire.ts";

interface Method {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestSerialize: (value: object) => Buffer;
}

/** Every method of both services, by path such as `/claimd.v1.Claims/Claim`. */
export function methods(): ReadonlyMap<string, Method> {
  const { Claims, Admin } = loadClaimd();
  const all = [...Object.values(Claims.service), ...Object.values(Admin.service)] as Method[];
  return new Map(all.map((method) => [method.path, method]));
}

export interface RawAnswer {
  readonly code: number;
  readonly message: string;
}

export interface RawClient {
  /** Sends the bytes as one request; resolves with the status, whatever it is. */
  send(path: string, request: Buffer): Promise<RawAnswer>;
  close(): void;
}

const same = (bytes: Buffer): Buffer => bytes;

export function rawClient(address: string): RawClient {
  const client = new Client(address, credentials.createInsecure(), {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.max_send_message_length": -1,
  });
  const known = methods();
  return {
    send: (path, request) =>
      new Promise((resolve) => {
        const method = known.get(path);
        const end = (error: ServiceError | null): void => {
          resolve({ code: error?.code ?? 0, message: error?.details ?? "" });
        };
        if (method === undefined || (!method.requestStream && !method.responseStream)) {
          const done: requestCallback<Buffer> = end;
          client.makeUnaryRequest(path, same, same, request, deadline(), done);
          return;
        }
        const bidi = method.requestStream
          ? client.makeBidiStreamRequest(path, same, same, deadline())
          : undefined;
        const stream =
          bidi ?? client.makeServerStreamRequest(path, same, same, request, deadline());
        let left = false;
        stream.on("data", () => {
          // The topology stays open until somebody leaves.
          left = path.endsWith("WatchTopology");
          if (left) stream.cancel();
        });
        stream.on("error", (error: ServiceError) => {
          end(left ? null : error);
        });
        stream.on("end", () => {
          end(null);
        });
        bidi?.write(request);
        bidi?.end();
      }),
    close: () => {
      client.close();
    },
  };
}
