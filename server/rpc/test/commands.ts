/** Commands in columns as a client would lay them out, written apart from the decoder. */
import type { Commands, Commands__Output, Result } from "@claimd/proto";
import { loadClaimd } from "@claimd/proto";

export interface PlainCommand {
  readonly key: Uint8Array;
  readonly claimId?: Uint8Array;
  readonly fingerprint?: Uint8Array;
  readonly traceparent?: string;
  readonly result?: Result;
  readonly token?: number;
}

export type GroupFields = Pick<
  Commands,
  "leaseMs" | "windowMs" | "waitMs" | "complete" | "holder" | "outcome"
>;

export const CLAIM_ID = Buffer.alloc(16, 7);

export function group(
  namespace: string,
  verb: NonNullable<Commands["verb"]>,
  commands: readonly PlainCommand[],
  fields: GroupFields = {},
): Commands {
  const column = <T>(of: (command: PlainCommand) => T | undefined, otherwise: T): T[] => {
    const values = commands.map(of);
    return values.every((value) => value === undefined)
      ? []
      : values.map((value) => value ?? otherwise);
  };
  const fingerprints = column((each) => each.fingerprint, Buffer.alloc(0));
  const named = verb !== "GET" && verb !== "FORGET";
  return {
    namespace,
    verb,
    keys: Buffer.concat(commands.map(({ key }) => key)),
    keyBytes: commands.map(({ key }) => key.length),
    claimIds: Buffer.concat(named ? commands.map(({ claimId }) => claimId ?? CLAIM_ID) : []),
    fingerprints: Buffer.concat(fingerprints),
    fingerprintBytes: fingerprints.map(({ length }) => length),
    traceparents: column((each) => each.traceparent, ""),
    results: column((each) => each.result, {}),
    fencingTokens: column((each) => each.token, 0),
    ...fields,
  };
}

/** As it arrives: through the wire's own codec. */
export function received(groups: readonly Commands[]): readonly Commands__Output[] {
  const { requestSerialize, requestDeserialize } = loadClaimd().Claims.service.Batch;
  return requestDeserialize(requestSerialize({ commands: [...groups] })).commands;
}
