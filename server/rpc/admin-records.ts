/** ListRecords, Resolve and ListDoubles: single keys under an operator's eyes. */
import {
  keyHash,
  type ListDoublesRequest__Output,
  type ListDoublesResponse,
  type ListedRecord,
  type ListRecordsRequest__Output,
  type ResolveRequest__Output,
  type SettleResponse,
} from "@claimd/proto";
import type { ResolveCommand } from "../claim/command.ts";
import { ClaimdError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { keyForLog } from "../log.ts";
import { knownNamespace } from "./admin-namespaces.ts";
import { OneAnswer, taken } from "./ask-one.ts";
import type { Audit } from "./audit.ts";
import type { StreamingMethod, UnaryMethod } from "./calls.ts";
import { expected } from "./claims-unary.ts";
import { bytesProblem, enumProblem, resultProblem, tokenProblem } from "./field-checks.ts";
import type { RecordFilter } from "../shard/operator.ts";
import type { NodeService } from "./node.ts";
import { milliseconds, recordMessage, settleResponse } from "./reply-messages.ts";
import { resultOf } from "./results.ts";

export interface RecordAdmin {
  readonly list: StreamingMethod<ListRecordsRequest__Output, ListedRecord>;
  readonly resolve: UnaryMethod<ResolveRequest__Output, SettleResponse>;
  readonly doubles: UnaryMethod<ListDoublesRequest__Output, ListDoublesResponse>;
}

const FILTERS: readonly RecordFilter[] = [
  "ALL",
  "IN_PROGRESS",
  "RELEASED",
  "COMPLETED",
  "FAILED",
  "HELD",
  "EXHAUSTED",
  "LAPSED",
];
const RESOLUTIONS: readonly ResolveCommand["resolution"][] = ["COMPLETED", "FAILED", "RELEASED"];

export function recordAdmin(node: NodeService, audit: Audit, logKeys: boolean): RecordAdmin {
  return {
    list: async ({ namespace: name, state: filter, prefix, limit }, _context, write) => {
      const namespace = knownNamespace(node.namespaces, name, "namespace");
      refuse(bytesProblem("prefix", prefix.length, 0, LIMITS.keyBytes.max));
      refuse(enumProblem("state", filter, FILTERS));
      for await (const { key, view } of node.listRecords({ namespace, filter, prefix, limit })) {
        const open = await write({ key: Buffer.from(key), record: recordMessage(view) });
        if (!open) return;
      }
    },
    resolve: async (request, context) => {
      const { namespace: name, key, fencingToken } = request;
      const resolve = async () => {
        const namespace = knownNamespace(node.namespaces, name, "namespace");
        const command = resolveCommand(request);
        const asker = new OneAnswer();
        const own = Buffer.from(key);
        node.submit({
          namespace,
          hash: keyHash(name, own),
          key: own,
          command,
          waitMs: 0,
          bytes: key.length + (command.result?.data.length ?? 0),
          asker,
          index: 0,
        });
        return expected("settle", taken(await asker.reply));
      };
      const what = {
        namespace: name.slice(0, LIMITS.namespaceNameBytes.max),
        key: keyForLog(key.subarray(0, LIMITS.keyBytes.max), logKeys),
        token: fencingToken,
        resolution: request.resolution,
      };
      const reply = await audit.act("Resolve", context, what, resolve, ({ status }) => status);
      return settleResponse(reply);
    },
    doubles: () => {
      const doubles = node.doubles().map((double) => ({
        namespace: double.namespace,
        key: Buffer.from(double.key),
        verb: double.command === "complete" ? ("COMPLETE" as const) : ("FAIL" as const),
        attempt: double.attempt,
        fencingToken: double.token,
        agoMs: milliseconds(double.agoMs),
      }));
      return Promise.resolve({ doubles });
    },
  };
}

function resolveCommand(request: ResolveRequest__Output): ResolveCommand {
  const { key, fencingToken: token, resolution, result } = request;
  const { min, max } = LIMITS.keyBytes;
  refuse(bytesProblem("key", key.length, min, max));
  if (token === 0) refuse("fencing_token: 0, the grant that is meant is required");
  refuse(tokenProblem("fencing_token", token));
  refuse(enumProblem("resolution", resolution, RESOLUTIONS));
  if (result !== null) refuse(resultProblem(result));
  const kept = result !== null && resolution !== "RELEASED";
  return {
    type: "resolve",
    token,
    resolution: resolution as ResolveCommand["resolution"],
    result: kept ? resultOf(result) : undefined,
  };
}

function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw new ClaimdError("INVALID_ARGUMENT", problem);
}
