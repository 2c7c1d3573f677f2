/** PutNamespace, GetNamespace, ListNamespaces, DeleteNamespace and SetPaused. */
import type {
  DeleteNamespaceRequest__Output,
  DeleteNamespaceResponse,
  GetNamespaceRequest__Output,
  ListNamespacesRequest__Output,
  ListNamespacesResponse,
  Namespace as NamespaceMessage,
  PutNamespaceRequest__Output,
  SetPausedRequest__Output,
} from "@claimd/proto";
import { ClaimdError } from "../errors.ts";
import type { Namespace } from "../shard/namespace.ts";
import type { Audit } from "./audit.ts";
import type { UnaryMethod } from "./calls.ts";
import { namespaceNameProblem } from "./field-checks.ts";
import { namespaceMessage, policyFrom } from "./namespace-messages.ts";
import type { NodeNamespaces } from "./node.ts";

export interface NamespaceAdmin {
  readonly put: UnaryMethod<PutNamespaceRequest__Output, NamespaceMessage>;
  readonly get: UnaryMethod<GetNamespaceRequest__Output, NamespaceMessage>;
  readonly list: UnaryMethod<ListNamespacesRequest__Output, ListNamespacesResponse>;
  readonly remove: UnaryMethod<DeleteNamespaceRequest__Output, DeleteNamespaceResponse>;
  readonly setPaused: UnaryMethod<SetPausedRequest__Output, NamespaceMessage>;
}

export function namespaceAdmin(namespaces: NodeNamespaces, audit: Audit): NamespaceAdmin {
  const before = (name: string) => namespaces.get(name)?.policy;
  return {
    put: async ({ namespace }, context) => {
      const name = namespace?.name ?? "";
      const what = { namespace: nameForLog(name), before: before(name) };
      const put = async () => {
        if (namespace === null) throw new ClaimdError("INVALID_ARGUMENT", "namespace: missing");
        return namespaces.put(policyFrom(namespace));
      };
      return namespaceMessage(await audit.act("PutNamespace", context, what, put, asIs));
    },
    get: ({ name }) =>
      Promise.resolve().then(() => namespaceMessage(knownNamespace(namespaces, name).policy)),
    list: () => {
      const all = namespaces.list().map(({ policy }) => namespaceMessage(policy));
      return Promise.resolve({ namespaces: all });
    },
    remove: async ({ name, revision }, context) => {
      const what = { namespace: nameForLog(name), before: before(name), revision };
      await audit.act("DeleteNamespace", context, what, async () => {
        knownNamespace(namespaces, name);
        await namespaces.remove(name, revision);
      });
      return {};
    },
    setPaused: async ({ name, paused }, context) => {
      const what = { namespace: nameForLog(name), before: before(name)?.paused };
      const set = async () => {
        knownNamespace(namespaces, name);
        return namespaces.setPaused(name, paused);
      };
      const policy = await audit.act("SetPaused", context, what, set, (after) => after.paused);
      return namespaceMessage(policy);
    },
  };
}

/** Throws INVALID_ARGUMENT or NAMESPACE_NOT_FOUND. */
export function knownNamespace(
  namespaces: Pick<NodeNamespaces, "get">,
  name: string,
  field = "name",
): Namespace {
  const namespace = namespaces.get(name);
  if (namespace !== undefined) return namespace;
  const problem = namespaceNameProblem(field, name);
  if (problem !== undefined) throw new ClaimdError("INVALID_ARGUMENT", problem);
  throw new ClaimdError("NAMESPACE_NOT_FOUND", `no namespace ${name}`);
}

/** What is no name may be anything, and long. */
function nameForLog(name: string): string {
  return namespaceNameProblem("name", name) === undefined ? name : name.slice(0, 64);
}

function asIs<T>(value: T): T {
  return value;
}
