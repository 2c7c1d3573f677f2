/**
 * A client that knows no topology: asks one node after the other until one leads the key's
 * partition, and asks again while none does.
 *
 * Has connections of its own, so that a node may end and come back, on another port too; and nodes
 * may be added to `nodes` and taken away. Whether anything was decided is unknown only where a node
 * may have decided.
 */
import { partitionOf } from "@claimd/proto";
import { status } from "@grpc/grpc-js";
import { PARTITIONS } from "../../limits.ts";
import type { Answer, Transport } from "./command.ts";
import { isOpen } from "./history.ts";
import { sleep } from "./key-asker.ts";
import type { TestNode } from "./test-node.ts";
import { TRANSPORTS } from "./transports.ts";
import { connect } from "./wire.ts";

/** Between two looks at all nodes, and after an answer that was lost, as a client would wait. */
const PAUSE_MS = 100;

export type Way = keyof typeof TRANSPORTS;

interface Connection {
  readonly address: string;
  readonly transport: Transport;
  close(): void;
}

export function clusterTransport(
  nodes: readonly TestNode[],
  withinMs: number,
  way: Way = "session",
  pauseMs = PAUSE_MS,
): Transport {
  const connections = new Map<TestNode, Connection>();
  const leaders = new Map<number, number>();
  const at = (node: TestNode): Transport => {
    const address = node.server.grpc;
    const known = connections.get(node);
    if (known?.address === address) return known.transport;
    known?.close();
    const opened = connectionTo(address, withinMs, way);
    connections.set(node, opened);
    return opened.transport;
  };
  return {
    name: way,
    ask: async (command) => {
      const untilMs = performance.now() + withinMs;
      const partition = partitionOf(command.namespace, command.key);
      let asked = leaders.get(partition) ?? partition % nodes.length;
      for (;;) {
        for (let hop = 0; hop < nodes.length; hop++) {
          const answer = await at(nodes[asked % nodes.length] as TestNode).ask(command);
          const next = (asked + 1) % nodes.length;
          if (isLed(answer)) {
            // Who did not answer may be gone: the next time another is asked first.
            leaders.set(partition, isOpen(answer) ? next : asked);
            if (isOpen(answer)) await sleep(pauseMs);
            return answer;
          }
          asked = next;
        }
        if (performance.now() >= untilMs) return UNLED;
        await sleep(pauseMs);
      }
    },
    close: () => {
      for (const each of connections.values()) each.close();
      connections.clear();
    },
  };
}

function connectionTo(address: string, withinMs: number, way: Way): Connection {
  const wire = connect(address);
  const transport = TRANSPORTS[way](wire.claims, withinMs);
  return {
    address,
    transport,
    close: () => {
      transport.close();
      wire.close();
    },
  };
}

const UNLED: Answer = {
  kind: "error",
  code: status.UNAVAILABLE,
  reason: "",
  message: "no node leads it",
  retryAfterMs: 0,
};

function isLed(answer: Answer): boolean {
  return answer.kind !== "error" || answer.reason !== "NOT_LEADER";
}

/** A key of each partition. */
export function keysOfAllPartitions(namespace: string): readonly Buffer[] {
  const keys = new Map<number, Buffer>();
  for (let n = 0; keys.size < PARTITIONS; n++) {
    const key = Buffer.from(`each-${n}`);
    keys.set(partitionOf(namespace, key), key);
  }
  return [...keys.values()];
}
