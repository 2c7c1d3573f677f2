/**
 * The client's options, checked once and turned into frozen settings. All problems are told in one
 * message. An unknown option is a problem: a misspelt timeout must not be the default in silence.
 */
import { hostname } from "node:os";
import { isAddress } from "./address.ts";
import type { Flow } from "./backlog.ts";
import { ClaimdError } from "./errors.ts";
import type { Hooks, OpenTelemetry } from "./hooks.ts";
import { LIMITS } from "./limits.ts";
import { namespaceProblem, rangeProblem, refuse, textProblem } from "./option-checks.ts";
import {
  SECURITY_OPTIONS,
  type SecurityOptions,
  type TransportSecurity,
  transportSecurityOf,
} from "./transport-security.ts";

export interface ClientOptions extends SecurityOptions {
  /**
   * host:port of the node, or of any nodes of a cluster: the others are learnt from it. Several are
   * tried in turn. No default.
   */
  readonly address: string | readonly string[];
  /** The namespace of calls that name none. No default. */
  readonly namespace: string;
  /**
   * Who holds the leases, shown to others: at most 128 bytes. Default: host name and process id.
   */
  readonly holder?: string;
  /**
   * How long a call may take with all its retries, waits aside. Default 20,000 ms: longer than a
   * cluster needs to replace a node that is lost (12 s).
   */
  readonly timeoutMs?: number;
  /**
   * The same for complete and fail. Default 30,000 ms: an effect that is not recorded is what this
   * product exists to prevent, so it is worth a longer try.
   */
  readonly settleTimeoutMs?: number;
  /** The lease of claims that name none. Default: the namespace's policy. */
  readonly leaseMs?: number;
  /** The window of claims that name none. Default: the namespace's policy. */
  readonly windowMs?: number;
  /**
   * How long before the end of its lease a claim's signal aborts. Default: a tenth of the lease, at
   * most 1,000 ms. It has to cover what the handler needs to stop.
   */
  readonly leaseMarginMs?: number;
  /** How long close() waits for work in hand. Default 10,000 ms. */
  readonly closeTimeoutMs?: number;
  /**
   * Commands sent and not answered, claims that wait aside. This bound and the next three hold for
   * each node. Default and most: 4,096.
   */
  readonly maxInFlightCommands?: number;
  /** Bytes of commands sent and not answered. Default 8 MiB. */
  readonly maxInFlightBytes?: number;
  /** Frames sent and not answered; beyond it commands gather for the next. Default 4. */
  readonly maxFramesInFlight?: number;
  /** Commands waiting to be sent, beyond which RESOURCE_EXHAUSTED is thrown. Default 65,536. */
  readonly maxQueuedCommands?: number;
  /**
   * Keeps COMPLETED answers of up to 16 KiB, no longer than the server says. Default: those of keys
   * that a cluster calls hot, for at most 10 s; `false` keeps none at all.
   */
  readonly cache?: { readonly entries: number } | false;
  readonly hooks?: Hooks;
  /** `@opentelemetry/api`: gives claims the active trace and `run` a span. Default: no tracing. */
  readonly openTelemetry?: OpenTelemetry;
}

export interface Settings {
  readonly addresses: readonly string[];
  readonly security: TransportSecurity;
  readonly namespace: string;
  readonly holder: string;
  readonly timeoutMs: number;
  readonly settleTimeoutMs: number;
  readonly leaseMs: number;
  readonly windowMs: number;
  readonly leaseMarginMs: number | undefined;
  readonly closeTimeoutMs: number;
  readonly flow: Flow;
  readonly cacheEntries: number;
  readonly keepsHot: boolean;
  readonly hooks: Hooks;
  readonly openTelemetry: OpenTelemetry | undefined;
}

/** A fail-over, the pause before the next try, and time for a busy machine. */
const DEFAULT_TIMEOUT_MS = 20_000;
const DEFAULT_SETTLE_TIMEOUT_MS = 30_000;
const DEFAULT_CLOSE_TIMEOUT_MS = 10_000;

const NUMBERS = {
  timeoutMs: { default: DEFAULT_TIMEOUT_MS, ...LIMITS.timeoutMs },
  settleTimeoutMs: { default: DEFAULT_SETTLE_TIMEOUT_MS, ...LIMITS.timeoutMs },
  closeTimeoutMs: { default: DEFAULT_CLOSE_TIMEOUT_MS, min: 0, max: LIMITS.timeoutMs.max },
  leaseMs: { default: 0, ...LIMITS.leaseMs },
  windowMs: { default: 0, ...LIMITS.windowMs },
  leaseMarginMs: { default: undefined, min: 0, max: LIMITS.leaseMs.max },
  maxInFlightCommands: LIMITS.inFlightCommands,
  maxInFlightBytes: LIMITS.inFlightBytes,
  maxFramesInFlight: LIMITS.framesInFlight,
  maxQueuedCommands: LIMITS.queuedCommands,
} as const;

const OTHERS = ["address", "namespace", "holder", "cache", "hooks", "openTelemetry"] as const;
const KNOWN: ReadonlySet<string> = new Set([
  ...Object.keys(NUMBERS),
  ...OTHERS,
  ...SECURITY_OPTIONS,
]);

/** Everything that is wrong, or the settings. */
export function settingsOf(options: ClientOptions): Settings {
  if (typeof (options as unknown) !== "object") refuse("options are missing");
  const problems: string[] = [];
  const note = (problem: string | undefined): void => {
    if (problem !== undefined) problems.push(problem);
  };
  for (const name of Object.keys(options)) if (!KNOWN.has(name)) note(`${name} is no option`);
  const addresses = [options.address].flat();
  if (addresses.length === 0) note("address is empty, at least one host:port is needed");
  for (const each of addresses as readonly unknown[]) {
    if (!isAddress(each)) note(`address is ${JSON.stringify(each)}, needed is host:port`);
  }
  note(namespaceProblem(options.namespace));
  if (options.holder !== undefined) {
    note(textProblem("holder", options.holder, LIMITS.holderBytes.max));
  }
  if (options.cache !== undefined && options.cache !== false) {
    note(rangeProblem("cache.entries", options.cache.entries, LIMITS.cacheEntries));
  }
  const number = (name: keyof typeof NUMBERS): number => {
    const value = options[name];
    if (value === undefined) return NUMBERS[name].default ?? 0;
    note(rangeProblem(name, value, NUMBERS[name]));
    return value;
  };
  const settings: Settings = {
    addresses,
    security: transportSecurityOf(options, note),
    namespace: options.namespace,
    holder: options.holder ?? defaultHolder(),
    timeoutMs: number("timeoutMs"),
    settleTimeoutMs: number("settleTimeoutMs"),
    leaseMs: number("leaseMs"),
    windowMs: number("windowMs"),
    leaseMarginMs: options.leaseMarginMs === undefined ? undefined : number("leaseMarginMs"),
    closeTimeoutMs: number("closeTimeoutMs"),
    flow: {
      maxFramesInFlight: number("maxFramesInFlight"),
      maxInFlightCommands: number("maxInFlightCommands"),
      maxInFlightBytes: number("maxInFlightBytes"),
      maxQueuedCommands: number("maxQueuedCommands"),
    },
    cacheEntries: options.cache ? options.cache.entries : 0,
    keepsHot: options.cache !== false,
    hooks: options.hooks ?? {},
    openTelemetry: options.openTelemetry,
  };
  if (problems.length > 0) throw new ClaimdError("INVALID_ARGUMENT", problems.join("; "));
  return Object.freeze(settings);
}

/** A pod is named by its host name; a host name may be as long as 253 characters. */
function defaultHolder(): string {
  return `${hostname().slice(0, LIMITS.holderBytes.max - 12)}/${process.pid}`;
}
