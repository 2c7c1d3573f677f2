/** Nodes that speak with each other over real sockets on loopback. */
import { Writable } from "node:stream";
import type { Certificates } from "../../../certificates.ts";
import { createLog } from "../../../log.ts";
import type { Incarnation } from "../../partition-record.ts";
import type { PeerIdentity } from "../handshake.ts";
import type { PeerMessage } from "../peer-message.ts";
import { PeerNetwork } from "../peer-network.ts";
import { SAMPLES } from "./sample-messages.ts";

export interface Heard {
  readonly from: Incarnation;
  readonly partition: number;
  readonly message: PeerMessage;
}

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly problem?: string;
  readonly store?: string;
}

export interface PeerNode extends AsyncDisposable {
  readonly self: PeerIdentity;
  readonly network: PeerNetwork;
  /** host:port of its peer port. */
  readonly address: string;
  readonly heard: Heard[];
  /** What was wrong, as it was logged. */
  readonly problems: () => readonly string[];
  readonly log: readonly LogLine[];
}

export interface PeerNodeOptions {
  readonly self?: Partial<PeerIdentity>;
  readonly certificates?: Certificates;
  readonly onMessage?: (heard: Heard) => void;
}

/** Store → address, of all nodes of a test; may be changed while they run. */
export type Addresses = Map<string, string>;

export function identity(node: string, change: Partial<PeerIdentity> = {}): PeerIdentity {
  const store = `store-of-${node}`;
  return { cluster: "test", node, store, boot: 1, partitions: 256, hash: "murmur3_32", ...change };
}

export async function startPeer(
  node: string,
  addresses: Addresses,
  options: PeerNodeOptions = {},
): Promise<PeerNode> {
  const self = identity(node, options.self);
  const heard: Heard[] = [];
  const log: LogLine[] = [];
  const to = new Writable({
    write: (line: Buffer, _encoding, done) => {
      log.push(JSON.parse(line.toString()) as LogLine);
      done();
    },
  });
  const network = new PeerNetwork({
    self,
    addressOf: (store) => addresses.get(store),
    onMessage: (from, partition, message) => {
      heard.push({ from, partition, message });
      options.onMessage?.({ from, partition, message });
    },
    certificates: options.certificates,
    log: createLog({ level: "info", to }),
    random: () => 0.5,
  });
  const port = await network.listen("127.0.0.1", 0);
  const address = `127.0.0.1:${port}`;
  addresses.set(self.store, address);
  const problems = () => log.flatMap(({ problem }) => problem ?? []);
  const close = () => network.close();
  return { self, network, address, heard, problems, log, [Symbol.asyncDispose]: close };
}

/** Says something until it is heard: messages may be lost while there is no connection. */
export async function connect(from: PeerNode, to: PeerNode): Promise<void> {
  const { store } = to.self;
  await eventually(
    () => {
      from.network.send(store, 0, SAMPLES.hello);
      from.network.flush();
      return isConnected(from, store);
    },
    `${from.self.node} connects to ${to.self.node}: ${from.problems().join("; ")}`,
  );
}

export function isConnected(node: PeerNode, store: string): boolean {
  return node.network.links().some((link) => link.store === store && link.connected);
}

export async function eventually(
  holds: () => boolean,
  what: string,
  withinMs = 10_000,
): Promise<void> {
  const untilMs = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > untilMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
