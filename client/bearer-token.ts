/**
 * The token that says who this client is: `authorization: Bearer …`, added whenever a stream is
 * opened and never per command. A watch of the topology, opened behind a Session, takes that one's
 * token: whoever gives tokens is asked once for a connection.
 *
 * Never shows a token in a message. Whether the channel may carry one is not decided here.
 */
import { type CallCredentials, credentials, Metadata, status } from "@grpc/grpc-js";
import { LIMITS } from "./limits.ts";

export type Token = string | (() => string | Promise<string>);

/** What a header can carry, and no space: a token is one word. */
const TOKEN = /^[\x21-\x7e]+$/;

const WATCH = /\/WatchTopology$/;

/** What is wrong with a token, without showing it. */
export function tokenProblem(token: unknown): string | undefined {
  if (typeof token !== "string") return "token is no text";
  const { max } = LIMITS.tokenBytes;
  if (token.length > max) return `token has ${token.length} bytes, allowed are ${max}`;
  return TOKEN.test(token) ? undefined : "token is empty or has characters that no token has";
}

export function bearer(token: Token): CallCredentials {
  /** Of the newest Session, until a watch has taken it: once, for a token does not last. */
  let ofSession: Promise<Metadata> | undefined;
  const authorizationOf = (method: string): Promise<Metadata> => {
    if (!WATCH.test(method)) return (ofSession = authorization(token));
    const taken = ofSession ?? authorization(token);
    ofSession = undefined;
    return taken;
  };
  return credentials.createFromMetadataGenerator(({ method_name: method }, callback) => {
    authorizationOf(method).then(
      (metadata) => {
        callback(null, metadata);
      },
      (error: unknown) => {
        callback(error as Error);
      },
    );
  });
}

async function authorization(token: Token): Promise<Metadata> {
  const text = typeof token === "string" ? token : await ask(token);
  const problem = tokenProblem(text);
  if (problem !== undefined) throw refusal(status.UNAUTHENTICATED, problem);
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${text}`);
  return metadata;
}

/** Who gives tokens may be away for a while: UNAVAILABLE, so that a next stream asks again. */
async function ask(token: () => string | Promise<string>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`nothing within ${LIMITS.tokenMs.max} ms`));
    }, LIMITS.tokenMs.max);
    // Calls that wait have timers of their own; a closed client has none.
    timer.unref();
  });
  try {
    return await Promise.race([(async () => token())(), late]);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw refusal(status.UNAVAILABLE, `the token function failed: ${message}`);
  } finally {
    clearTimeout(timer);
  }
}

/** grpc-js ends the stream with this code. */
function refusal(code: status, message: string): Error {
  return Object.assign(new Error(message), { code });
}
