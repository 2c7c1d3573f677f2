/**
 * Raw gRPC clients of a server: the generated services with nothing of ours in between but
 * promises.
 */
import { type ClaimdPackage, loadClaimd } from "@claimd/proto";
import { type ClientOptions, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import type { ErrorAnswer } from "./command.ts";

export type ClaimsClient = InstanceType<ClaimdPackage["Claims"]>;
export type AdminClient = InstanceType<ClaimdPackage["Admin"]>;

export interface Wire {
  readonly claims: ClaimsClient;
  readonly admin: AdminClient;
  close(): void;
}

/** Own connections (no sharing between clients of a test), quick to come back after a restart. */
const CHANNEL: ClientOptions = {
  "grpc.use_local_subchannel_pool": 1,
  "grpc.enable_channelz": 0,
  "grpc.initial_reconnect_backoff_ms": 50,
  "grpc.min_reconnect_backoff_ms": 50,
  "grpc.max_reconnect_backoff_ms": 200,
};

export function connect(address: string): Wire {
  const { Claims, Admin } = loadClaimd();
  const claims = new Claims(address, credentials.createInsecure(), CHANNEL);
  const admin = new Admin(address, credentials.createInsecure(), CHANNEL);
  return {
    claims,
    admin,
    close: () => {
      claims.close();
      admin.close();
    },
  };
}

export const DEADLINE_MS = 30_000;
export const deadline = (ms = DEADLINE_MS): { deadline: number } => ({ deadline: Date.now() + ms });

type Callback<O> = (error: ServiceError | null, value?: O) => void;

/** A unary call as a promise: `call((done) => client.claim(request, deadline(), done))`. */
export function call<O>(begin: (done: Callback<O>) => unknown): Promise<O> {
  return new Promise((resolve, reject) => {
    begin((error, value) => {
      if (error !== null) reject(error);
      else resolve(value as O);
    });
  });
}

export function errorAnswer(error: unknown): ErrorAnswer {
  const { code, details, metadata } = error as Partial<ServiceError>;
  if (code === undefined) throw error;
  const trailers = metadata ?? new Metadata();
  const reason = trailers.get("claimd-reason")[0];
  return {
    kind: "error",
    code,
    reason: typeof reason === "string" ? reason : "",
    message: details ?? "",
    retryAfterMs: Number(trailers.get("claimd-retry-after-ms")[0] ?? 0),
  };
}
