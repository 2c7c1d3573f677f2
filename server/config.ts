/**
 * The settings, read once at the edge into a frozen value: flag over environment over file over
 * default. All problems come back in one message, each with name, value and bounds.
 */

import { hostname } from "node:os";
import { z } from "zod";
import { refusals } from "./config-refusals.ts";
import { ClaimdError } from "./errors.ts";

const MIB = 1024 * 1024;

const flag = z.union([
  z.boolean(),
  z.enum(["1", "true", "yes"]).transform(() => true),
  z.enum(["", "0", "false", "no"]).transform(() => false),
]);
/** From text as from JSON; an empty variable is no 0, which would mean any port, or no reserve. */
const number = z.union([z.number(), z.string().trim().min(1).transform(Number)]);
const port = number.pipe(z.number().int().min(0).max(65_535));
const text = z.string().min(1);
/** As it stands in URIs of certificates. */
const name = z.string().regex(/^[A-Za-z0-9._-]{1,63}$/, "needed: 1 to 63 of A-Z a-z 0-9 . _ -");
/** TLS is said by naming an authority: an https:// that changed nothing would be a trap. */
const endpoints = z
  .string()
  .transform((given) => given.split(",").map((each) => each.trim().replace(/^http:\/\//, "")))
  .pipe(
    z.array(
      z
        .string()
        .regex(
          /^(?!https:).+:\d{1,5}$/,
          "needed: host:port without https://, or several with commas",
        ),
    ),
  );

interface Setting {
  readonly env: string;
  readonly schema: z.ZodType;
  readonly default: unknown;
  readonly help: string;
}

/** Name → where it comes from, its bounds, its default and what it is. Names are a promise. */
export const SETTINGS = {
  host: {
    env: "CLAIMD_HOST",
    schema: text,
    default: "127.0.0.1",
    help: "address to listen on; anything but loopback needs --insecure",
  },
  grpcPort: {
    env: "CLAIMD_GRPC_PORT",
    schema: port,
    default: 7600,
    help: "gRPC; 0 = any free one",
  },
  adminPort: {
    env: "CLAIMD_ADMIN_PORT",
    schema: port,
    default: 7601,
    help: "metrics and health; 0 = any free one",
  },
  dataDir: {
    env: "CLAIMD_DATA_DIR",
    schema: text,
    default: "./data",
    help: "directory of journal and records; made when missing",
  },
  namespaces: {
    env: "CLAIMD_NAMESPACES",
    schema: text.optional(),
    default: undefined,
    help: "JSON file with a list of namespaces to create when missing; never changes one",
  },
  autoCreateNamespaces: {
    env: "CLAIMD_AUTO_CREATE_NAMESPACES",
    schema: flag.optional(),
    default: undefined,
    help: "make a namespace by its first use; default: only on loopback",
  },
  nodeId: {
    env: "CLAIMD_NODE_ID",
    schema: text.max(128),
    default: hostname(),
    help: "name of this node: in statistics, and in its cluster, where no two have the same",
  },
  cluster: {
    env: "CLAIMD_CLUSTER",
    schema: name.optional(),
    default: undefined,
    help: "name of the cluster this node belongs to; with CLAIMD_ETCD",
  },
  etcd: {
    env: "CLAIMD_ETCD",
    schema: endpoints.optional(),
    default: undefined,
    help: "host:port of etcd's members, with commas between them; unset = a single node",
  },
  etcdCa: {
    env: "CLAIMD_ETCD_CA",
    schema: text.optional(),
    default: undefined,
    help: "PEM file of who signs etcd's certificate: etcd is asked by TLS; read at the start only",
  },
  etcdCert: {
    env: "CLAIMD_ETCD_CERT",
    schema: text.optional(),
    default: undefined,
    help: "PEM file of the certificate shown to etcd; with CLAIMD_ETCD_CA",
  },
  etcdKey: {
    env: "CLAIMD_ETCD_KEY",
    schema: text.optional(),
    default: undefined,
    help: "PEM file of that certificate's private key",
  },
  etcdUser: {
    env: "CLAIMD_ETCD_USER",
    schema: text.optional(),
    default: undefined,
    help: "user of etcd, where it has users",
  },
  etcdPassword: {
    env: "CLAIMD_ETCD_PASSWORD",
    schema: text.optional(),
    default: undefined,
    help: "password of that user; by the environment, because everybody sees flags",
  },
  peerPort: {
    env: "CLAIMD_PEER_PORT",
    schema: port,
    default: 7602,
    help: "other nodes of the cluster; 0 = any free one",
  },
  peerCert: {
    env: "CLAIMD_PEER_CERT",
    schema: text.optional(),
    default: undefined,
    help: "PEM file of the certificate shown to other nodes, which names this node; read again",
  },
  peerKey: {
    env: "CLAIMD_PEER_KEY",
    schema: text.optional(),
    default: undefined,
    help: "PEM file of that certificate's private key",
  },
  peerCa: {
    env: "CLAIMD_PEER_CA",
    schema: text.optional(),
    default: undefined,
    help: "PEM file of who signs the certificates of the cluster's nodes, and nobody else's",
  },
  advertiseHost: {
    env: "CLAIMD_ADVERTISE_HOST",
    schema: text.optional(),
    default: undefined,
    help: "how clients and other nodes reach this one; default: the host it listens on",
  },
  zone: {
    env: "CLAIMD_ZONE",
    schema: z.string().max(128),
    default: "",
    help: "where the node is: replicas of a partition are spread over zones",
  },
  replicas: {
    env: "CLAIMD_REPLICAS",
    schema: number.pipe(z.number().int().min(1).max(7)),
    default: 3,
    help: "stores that have a partition; fixed when the cluster is made, as are the next two",
  },
  minInSync: {
    env: "CLAIMD_MIN_IN_SYNC",
    schema: number.pipe(z.number().int().min(1).max(7)),
    default: 2,
    help: "stores that have a grant on disk before it is answered, at least",
  },
  maxClockOffsetMs: {
    env: "CLAIMD_MAX_CLOCK_OFFSET_MS",
    schema: number.pipe(z.number().int().min(0).max(60_000)),
    default: 1000,
    help: "how far a node's clock may be ahead of another's",
  },
  bringData: {
    env: "CLAIMD_BRING_DATA",
    schema: flag,
    default: false,
    help: "found the cluster with the data of this directory, which a single node has made",
  },
  nodeLeaseMs: {
    env: "CLAIMD_NODE_LEASE_MS",
    schema: number.pipe(z.number().int().min(2000).max(60_000)),
    default: 10_000,
    help: "a node that says nothing for so long is taken for dead, and others lead its partitions",
  },
  tlsCert: {
    env: "CLAIMD_TLS_CERT",
    schema: text.optional(),
    default: undefined,
    help: "PEM file of the certificate with its chain: gRPC by TLS only; read again when changed",
  },
  tlsKey: {
    env: "CLAIMD_TLS_KEY",
    schema: text.optional(),
    default: undefined,
    help: "PEM file of the certificate's private key",
  },
  insecure: {
    env: "CLAIMD_INSECURE",
    schema: flag,
    default: false,
    help: "listen beyond loopback although there is no access control yet",
  },
  logLevel: {
    env: "CLAIMD_LOG_LEVEL",
    schema: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]),
    default: "info",
    help: "fatal, error, warn, info, debug, trace or silent",
  },
  logKeys: {
    env: "CLAIMD_LOG_KEYS",
    schema: flag,
    default: false,
    help: "log keys as they are; else a short hash of them",
  },
  acceptClock: {
    env: "CLAIMD_ACCEPT_CLOCK",
    schema: flag,
    default: false,
    help: "at start take the wall clock although it is more than an hour ahead of the journal",
  },
  minFreeBytes: {
    env: "CLAIMD_MIN_FREE_BYTES",
    schema: number.pipe(z.number().int().min(0)),
    default: 512 * MIB,
    help: "below so many free bytes nothing is granted anew",
  },
  minFreePercent: {
    env: "CLAIMD_MIN_FREE_PERCENT",
    schema: number.pipe(z.number().min(0).max(90)),
    default: 5,
    help: "below so many per cent of free space nothing is granted anew",
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
export type Config = {
  readonly [Name in SettingName]: z.infer<(typeof SETTINGS)[Name]["schema"]>;
};

export interface ConfigSources {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Parsed JSON object, or undefined. */
  readonly file: unknown;
}

/** Throws INVALID_CONFIGURATION with every problem in one message. */
export function readConfig({ flags, environment, file }: ConfigSources): Config {
  const problems: string[] = [];
  const fromFile = fileSettings(file, problems);
  const config: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(SETTINGS)) {
    const value = flags[name] ?? environment[setting.env] ?? fromFile[name] ?? setting.default;
    const parsed = setting.schema.safeParse(value);
    if (parsed.success) config[name] = parsed.data;
    else {
      const reasons = parsed.error.issues.map((issue) => issue.message).join("; ");
      problems.push(`${name} (${setting.env}): ${JSON.stringify(value)}: ${reasons}`);
    }
  }
  const checked = Object.freeze(config) as Config;
  if (problems.length === 0) problems.push(...refusals(checked));
  if (problems.length > 0) {
    throw new ClaimdError(
      "INVALID_CONFIGURATION",
      ["these settings cannot be used:", ...problems].join("\n  "),
    );
  }
  return checked;
}

function fileSettings(file: unknown, problems: string[]): Readonly<Record<string, unknown>> {
  if (file === undefined) return {};
  if (typeof file !== "object" || file === null || Array.isArray(file)) {
    problems.push("configuration file: not a JSON object");
    return {};
  }
  for (const name of Object.keys(file)) {
    if (!(name in SETTINGS)) problems.push(`configuration file: no such setting: ${name}`);
  }
  return file as Readonly<Record<string, unknown>>;
}
