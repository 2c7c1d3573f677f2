/** Members of a cluster for tests, in a folder that goes with them. */
import { join } from "node:path";
import type { ClaimRecord } from "../claim-record.ts";
import type { ExportedRecord } from "../partition-export.ts";
import { encodeRecord } from "../record-format.ts";
import { MemberTurns, NAMESPACE } from "./member-turns.ts";
import {
  completed,
  running,
  temporaryFolder,
  TestNode,
  type TestNodeOptions,
} from "./test-node.ts";

export class MemberNodes implements AsyncDisposable {
  readonly #folder: Awaited<ReturnType<typeof temporaryFolder>>;
  readonly #opened: TestNode[] = [];

  private constructor(folder: Awaited<ReturnType<typeof temporaryFolder>>) {
    this.#folder = folder;
  }

  static async create(): Promise<MemberNodes> {
    return new MemberNodes(await temporaryFolder());
  }

  path(name: string): string {
    return join(this.#folder.path, name);
  }

  /** A new one has the namespace; one that opens a journal finds it there. */
  async open(options: Partial<TestNodeOptions> = {}): Promise<MemberTurns> {
    const small = { runKeys: { first: 4, most: 16 }, layerMs: 1 };
    const path = this.path("records");
    const node = await TestNode.open({ path, member: true, ...small, ...options });
    this.#opened.push(node);
    if (options.directory === undefined) await node.putNamespace(1, NAMESPACE);
    return new MemberTurns(node);
  }

  /** The same, and its partitions are exported, installed and erased by its turns. */
  async begun(options: Partial<TestNodeOptions> = {}): Promise<MemberTurns> {
    const turns = await this.open(options);
    turns.node.store.whole.begin(turns.change);
    return turns;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.#opened.splice(0)) await node.close();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** A membership with committed records, half of them running, and one more that is pending. */
export async function fill(
  turns: MemberTurns,
  partition: number,
  keys: readonly string[],
): Promise<void> {
  const { nowMs } = turns.node;
  await turns.join(partition, turns.of(partition).join + 1);
  const entries = keys.map((key, at) => {
    const record = at % 2 === 0 ? running(at + 1, nowMs) : completed(at + 1, nowMs);
    return { key, record, epoch: 2 };
  });
  await turns.write(partition, entries);
  await turns.commit(partition);
  await turns.write(partition, [{ key: "pending", record: completed(99, nowMs), epoch: 2 }]);
}

/** A record as another store exports it. */
export function exported(
  partition: number,
  name: string,
  record: ClaimRecord,
  namespaceId = NAMESPACE.id,
): ExportedRecord {
  const key = Buffer.from(`${partition}/${name}`);
  return { namespaceId, key, record: Buffer.from(encodeRecord(record, key)), token: record.token };
}

/** What the operator's list shows, in order. */
export async function listed(turns: MemberTurns): Promise<string[]> {
  const names: string[] = [];
  const namespace = { ...NAMESPACE, namespaceId: NAMESPACE.id };
  for await (const { key } of turns.node.store.list(namespace, new Uint8Array(0))) {
    names.push(Buffer.from(key).toString());
  }
  return names.sort();
}
