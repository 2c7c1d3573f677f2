/** Both ends of a peer connection without claimd's own code: what strangers and broken nodes do. */
import {
  loadPeers,
  type PeerFrame,
  type PeerFrame__Output,
  type PeerHandshake,
} from "@claimd/proto";
import {
  type ChannelCredentials,
  type ClientDuplexStream,
  credentials,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type StatusObject,
} from "@grpc/grpc-js";

export const RAW_HANDSHAKE: PeerHandshake = {
  protocol: 1,
  cluster: "test",
  partitions: 256,
  hash: "murmur3_32",
  node: "raw",
  store: "store-of-raw",
  boot: 1,
};

export interface RawStream {
  readonly stream: ClientDuplexStream<PeerFrame, PeerFrame__Output>;
  readonly answers: PeerFrame__Output[];
  readonly status: Promise<StatusObject>;
  close(): void;
}

export function openRaw(
  address: string,
  channel: ChannelCredentials = credentials.createInsecure(),
): RawStream {
  const client = new (loadPeers().Peers)(address, channel, {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.max_send_message_length": -1,
    "grpc.ssl_target_name_override": "claimd",
  });
  const stream = client.Connect();
  const answers: PeerFrame__Output[] = [];
  stream.on("data", (frame: PeerFrame__Output) => answers.push(frame));
  stream.on("error", () => undefined);
  const status = new Promise<StatusObject>((resolve) => stream.on("status", resolve));
  const close = (): void => {
    stream.cancel();
    client.close();
  };
  return { stream, answers, status, close };
}

type RawCall = ServerDuplexStream<PeerFrame__Output, PeerFrame>;

/** A peer port that does what `answer` says, and its address. */
export async function listenRaw(
  answer: (call: RawCall) => void,
): Promise<{ readonly address: string; close(): void }> {
  const server = new Server();
  server.addService(loadPeers().Peers.service, { Connect: answer });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    address: `127.0.0.1:${port}`,
    close: () => {
      server.forceShutdown();
    },
  };
}
