/** A real gRPC server on a free port in front of a twin of the node, and clients of it. */
import { type ClaimdPackage, loadClaimd } from "@claimd/proto";
import {
  type ChannelCredentials,
  type ChannelOptions,
  credentials,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { Writable } from "node:stream";
import { createLog } from "../../log.ts";
import type { PolicyDraft } from "../../shard/policy-rules.ts";
import { RpcServer } from "../rpc-server.ts";
import { NodeTwin } from "./node-twin.ts";

export type ClaimsClient = InstanceType<ClaimdPackage["Claims"]>;
export type AdminClient = InstanceType<ClaimdPackage["Admin"]>;

export class RpcFixture implements AsyncDisposable {
  readonly node: NodeTwin;
  readonly server: RpcServer;
  readonly claims: ClaimsClient;
  readonly admin: AdminClient;
  readonly address: string;
  /** Log lines. */
  readonly lines: Record<string, unknown>[];
  /** Ended calls: `method code`. */
  readonly handled: string[];

  constructor(parts: Pick<RpcFixture, "node" | "server" | "address" | "lines" | "handled">) {
    ({ node: this.node, server: this.server, address: this.address } = parts);
    ({ lines: this.lines, handled: this.handled } = parts);
    this.claims = new (loadClaimd().Claims)(this.address, insecure(), OPTIONS);
    this.admin = new (loadClaimd().Admin)(this.address, insecure(), OPTIONS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.claims.close();
    this.admin.close();
    await this.server.close(500);
  }
}

const OPTIONS: ChannelOptions = { "grpc.use_local_subchannel_pool": 1 };

function insecure(): ChannelCredentials {
  return credentials.createInsecure();
}

export async function startRpc(...drafts: readonly Partial<PolicyDraft>[]): Promise<RpcFixture> {
  const node = new NodeTwin(...drafts.map((draft) => ({ name: "payments", ...draft })));
  const lines: Record<string, unknown>[] = [];
  const to = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  const handled: string[] = [];
  const server = new RpcServer({
    node,
    log: createLog({ level: "info", to }),
    logKeys: false,
    metrics: {
      rpcHandled: (_service, method, code, seconds) => {
        if (!(seconds >= 0)) throw new Error(`${seconds} seconds`);
        handled.push(`${method} ${code}`);
      },
    },
    monotonicMs: () => performance.now(),
    wallClockMs: () => Date.now(),
  });
  const port = await server.listen("127.0.0.1", 0);
  return new RpcFixture({ node, server, address: `127.0.0.1:${port}`, lines, handled });
}

/** Status code, reason trailer, message and retry hint of a failed call. */
export interface Failed {
  readonly code: number;
  readonly reason: string;
  readonly details: string;
  readonly retryAfterMs: string;
}

/** Calls a unary method; rejects with `Failed`. */
export function call(
  client: ClaimsClient | AdminClient,
  method: string,
  request: object,
  timeoutMs = 10_000,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const deadline = Date.now() + timeoutMs;
    const send = (client as unknown as Record<string, UnaryCall>)[method] as UnaryCall;
    send.call(client, request, new Metadata(), { deadline }, (error, response) => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- data to compare
      if (error !== null) reject(failed(error));
      else resolve(response);
    });
  });
}

type UnaryCall = (
  request: unknown,
  metadata: Metadata,
  options: { deadline: number },
  callback: (error: ServiceError | null, response: unknown) => void,
) => void;

export function failed({ code, details, metadata }: ServiceError): Failed {
  const trailer = (name: string) => String(metadata.get(name)[0] ?? "");
  const reason = trailer("claimd-reason");
  return { code, reason, details, retryAfterMs: trailer("claimd-retry-after-ms") };
}

/** Waits until it holds, a few seconds at most. */
export async function eventually(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`never: ${what}`);
}
