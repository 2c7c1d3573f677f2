/**
 * The bounds the client checks before it sends, each with its reason. Where the server has the same
 * bound the number is the same; the server decides, the client only says it sooner.
 */

const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const LIMITS = {
  keyBytes: { min: 1, max: 512 },
  namespaceNameBytes: { min: 1, max: 64 },
  claimIdBytes: 16,
  fingerprintBytes: { min: 1, max: 32 },
  holderBytes: { max: 128 },
  traceparentBytes: { max: 128 },
  contentTypeBytes: { max: 128 },
  refBytes: { max: 2 * KIB },
  metadataEntries: { max: 16 },
  metadataBytes: { max: 4 * KIB },
  /** The largest result that any namespace keeps: of a larger one only its size is sent. */
  resultBytes: { max: 512 * KIB },
  leaseMs: { min: 100, max: 24 * HOUR_MS },
  windowMs: { min: SECOND_MS, max: 366 * DAY_MS },
  /** One parking of a claim on the server. `run` waits longer by asking again. */
  waitMs: { min: 0, max: MINUTE_MS },
  /** Longer than a day is no longer a call but a job. */
  timeoutMs: { min: 1, max: DAY_MS },
  /** The protocol's bound on a frame. */
  frameCommands: 1000,
  /** A quarter of what a gRPC message may hold; one larger command still goes alone. */
  frameBytes: MIB,
  /** Together below the 16,384 unanswered commands at which a node stops reading a session. */
  inFlightCommands: { min: 1, default: 4096, max: 4096 },
  waitingCommands: 12_000,
  /** Enough for a round trip of 10 ms at 800 MB/s. */
  inFlightBytes: { min: 64 * KIB, default: 8 * MIB, max: 256 * MIB },
  /** Some tenths of a second at full speed: whoever asks for more does not wait for answers. */
  queuedCommands: { min: 1, default: 65_536, max: 1_048_576 },
  /** Frames sent and not answered: see flow.ts. */
  framesInFlight: { min: 1, default: 4, max: 64 },
  /** A power of two; a table of as many stays below a megabyte. */
  partitions: { max: 65_536 },
  /** More can't lead anything: a topology that names them is damaged. */
  topologyNodes: { max: 65_536 },
  cacheEntries: { min: 1, max: 1_000_000 },
  /** Larger results are fetched again: the cache is bounded by entries and by this. */
  cachedResultBytes: 16 * KIB,
  /** Hot keys that are known, and of which answers are kept. */
  hotKeys: { max: 10_000 },
  /** How long a key counts as hot and its answer is kept: then a node is asked again. */
  hotMs: { max: 10 * SECOND_MS },
  previousKeys: { max: 8 },
  /** Half of what a server takes in headers by default; a signed token has a few KiB. */
  tokenBytes: { max: 8 * KIB },
  /** A token function that hangs: half of a call's time, so that it is asked twice. */
  tokenMs: { max: 5 * SECOND_MS },
  /** A DNS name. */
  serverNameBytes: { max: 253 },
} as const;
