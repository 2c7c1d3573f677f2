/** WatchTopology of a MapServer: says what it was told, at once and with every change. */
import type { Topology, TopologyRequest__Output as TopologyRequest } from "@claimd/proto";
import type { ServerWritableStream } from "@grpc/grpc-js";

type Stream = ServerWritableStream<TopologyRequest, Topology>;

const PARTITIONS = 256;

/** What a node says that leads everything. */
export function aloneAt(address: string): Topology {
  return {
    version: 1,
    partitions: PARTITIONS,
    nodes: [{ id: "alone", address }],
    leaders: new Array<number>(PARTITIONS).fill(1),
    epochs: new Array<number>(PARTITIONS).fill(0),
  };
}

export class MapTopology {
  /** Streams that came. */
  watches = 0;
  /** What each of them said who its client is; empty = nothing. */
  readonly authorizations: string[] = [];
  /** Says nothing. */
  mute = false;
  readonly #streams = new Set<Stream>();
  readonly #alone: () => Topology;
  #told: Topology | undefined;

  constructor(alone: () => Topology) {
    this.#alone = alone;
  }

  get openWatches(): number {
    return this.#streams.size;
  }

  readonly serve = (stream: Stream): void => {
    this.watches++;
    this.authorizations.push(stream.metadata.get("authorization").join());
    this.#streams.add(stream);
    stream.on("error", () => undefined);
    stream.on("close", () => {
      this.#streams.delete(stream);
    });
    if (!this.mute) stream.write(this.#told ?? this.#alone());
  };

  tell(topology: Topology): void {
    this.#told = topology;
    if (!this.mute) for (const stream of this.#streams) stream.write(topology);
  }

  end(): void {
    for (const stream of this.#streams) stream.end();
    this.#streams.clear();
  }
}
