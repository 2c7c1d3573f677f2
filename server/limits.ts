/**
 * Every bound of claimd in one table, each with its reason. Options move inside these limits.
 *
 * Bytes are counted in UTF-8 where the field is text.
 */

const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const LIMITS = {
  /** Room for a tenant, a type and a digest; longer ones are hashed by the client's dedupKey. */
  keyBytes: { min: 1, max: 512 },
  /** A DNS label and a bit: fits labels of metrics and Kubernetes. */
  namespaceNameBytes: { min: 1, max: 64 },
  /** 128 bits: no two claims ever share one by chance. */
  claimIdBytes: { exact: 16 },
  /** A SHA-256. */
  fingerprintBytes: { max: 32 },
  /** A pod's name with its namespace. */
  holderBytes: { max: 128 },
  /** Version 00 of W3C trace context has 55 characters; later versions may be longer. */
  traceparentBytes: { max: 128 },
  /**
   * A result is an answer, not a document store: it passes journal, LevelDB and every duplicate.
   */
  resultBytes: { default: 64 * KIB, max: 512 * KIB },
  contentTypeBytes: { max: 128 },
  metadataEntries: { max: 16 },
  metadataBytes: { max: 4 * KIB },
  refBytes: { max: 2 * KIB },
  /** Longer than any round trip and stall that is not a failure; shorter than a forgotten job. */
  leaseMs: { min: 100, default: 30 * SECOND_MS, max: 24 * HOUR_MS, defaultMax: HOUR_MS },
  /** A year of accounting, leap day included. */
  windowMs: { min: SECOND_MS, default: DAY_MS, max: 366 * DAY_MS },
  /** Below the usual 60 s of proxies and load balancers. */
  waitMs: { default: 30 * SECOND_MS, max: MINUTE_MS },
  /** Above this a poison message is a mistake of the policy. 0 = no bound. */
  maxAttempts: { max: 1_000_000 },
  /** Claim ids a record remembers as spent, 8 bytes each: late copies of older ones are as old. */
  spentClaimIds: { max: 64 },
  /** Commands of one frame: a turn's worth, some 40 KiB of keys. */
  batchCommands: { max: 1000 },
  /** gRPC's own default for received messages. */
  messageBytes: { max: 4 * MIB },
  /** A unary answer over 4 MiB fails at the client on every retry: leave room for the frame. */
  batchAnswerBytes: { max: 3 * MIB },
  /** Commands decided in one turn: bounds the time of a turn and the size of its journal frame. */
  turnCommands: { max: 4096 },
  /** Bytes of one turn's commands, results included: a frame must fit a journal segment. */
  turnBytes: { max: 8 * MIB },
  /** Commands waiting for a turn on one node: some tenths of a second at full speed. */
  waitingCommands: { max: 65_536 },
  /** Bytes of the commands waiting on one node. */
  waitingBytes: { max: 64 * MIB },
  /** Changes of namespaces waiting for a turn: with all else they fit one journal frame. */
  waitingChanges: { max: 1024 },
  /** Unanswered commands of one session before the node stops reading from it. */
  sessionCommands: { max: 16_384 },
  /** Streams are cheap, their buffers are not. */
  sessions: { max: 4096 },
  /** Answers a session's client has not taken; beyond it results come omitted, and Get has them. */
  sessionAnswerBytes: { max: 32 * MIB },
  /** Of one SessionResponse, before the next one is begun: well under `messageBytes`. */
  sessionMessageBytes: { max: MIB },
  /** Calls open on one connection: parked unary claims count, a client queues what is beyond. */
  callsPerConnection: { max: 16_384 },
  /** Nodes that unary calls are sent on to, a channel each; the one longest unused is closed. */
  forwardedTo: { max: 64 },
  /** Parked claims of one node: about 1 KiB each. */
  parkedClaims: { max: 100_000 },
  /** Policies are kept in memory and looked up by name. */
  namespaces: { max: 10_000 },
  /**
   * Records decided but not yet in LevelDB: slower from half of it, no grants beyond, and nothing
   * at all beyond twice of it.
   */
  overlayRecords: { max: 262_144 },
  overlayBytes: { max: 128 * MIB },
  /** Unsettled keys the index holds, about 200 bytes each; beyond it the gauges are absent. */
  unsettledKeys: { max: 1_000_000 },
  /** Possible double executions kept for ListDoubles. */
  doubles: { max: 1000 },
  /** Lease kept after a restart at least this long: an outage must not start a stampede. */
  restartGraceMs: { min: 10 * SECOND_MS },
  /** A counter per partition: every start skips what an unanswered tail may have handed out. */
  tokenSkip: { start: 2 ** 20 },
  /** The largest fencing token: exact as a JavaScript number and as an IEEE double. */
  token: { max: 2 ** 53 - 1 },
  /** Some slow round trips: whoever connects and says nothing must not hold up a drain. */
  handshakeMs: { max: 5 * SECOND_MS },
  /** How often the certificate's files are looked at. Two small reads, only with TLS. */
  certificatePollMs: { default: 1000 },
  /** How long a drain may take before streams are cut. */
  drainMs: { max: 8 * SECOND_MS },
  /** A record's key in LevelDB has two bytes for its partition. */
  partitions: { max: 65_536 },
  /** An encoded record: the largest result has 519 KiB, all that stands beside it 2. */
  recordBytes: { max: 576 * KIB },
  /** Of a cluster, a node, a store: a DNS name. */
  peerNameBytes: { max: 253 },
  /** Of one append; a larger one leaves as several. A frame has room for what else there is. */
  peerAppendBytes: { max: MIB },
  /** What is gathered into one frame. Below `messageBytes`, as its fields' lengths come on top. */
  peerFrameBytes: { max: 3 * MIB },
  /** Not yet on its way to one node; beyond it messages are dropped, the protocol asks again. */
  peerUnsentBytes: { max: 16 * MIB },
  /** On one connection from another node: the newest counts, older ones are on their way out. */
  peerStreams: { max: 16 },
  /** A ping when nothing was heard for so long, and then as long again for its answer. */
  peerKeepaliveMs: { default: SECOND_MS },
  /** From the first packet to the other's handshake: some slow round trips on a busy machine. */
  peerConnectMs: { max: 2 * SECOND_MS },
  /** Between two attempts, doubled each time: shorter than a fail-over, longer than a busy loop. */
  peerReconnectMs: { min: 50, max: SECOND_MS },
} as const;

/** Fixed when the data directory is made. */
export const PARTITIONS = 256;
