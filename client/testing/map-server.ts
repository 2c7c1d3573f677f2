/**
 * A gRPC server over MapKeys for the client's own tests, with faults on demand: Session, and the
 * topology of a node that is alone unless it is told another (see MapCluster).
 *
 * A stopped server keeps its keys: `start` again is a restart of a node that lost nothing.
 */
import {
  type Answers,
  type ClaimAnswers,
  type ClaimResponse,
  type Commands__Output as Commands,
  type Error as WireError,
  loadClaimd,
  type SessionRequest__Output as SessionRequest,
  type SessionResponse,
} from "@claimd/proto";
import { Server, ServerCredentials, type ServerDuplexStream, status } from "@grpc/grpc-js";
import { MapKeys } from "./map-keys.ts";
import { aloneAt, MapTopology } from "./map-topology.ts";

type Stream = ServerDuplexStream<SessionRequest, SessionResponse>;

interface Parked {
  readonly stream: Stream;
  readonly frame: number;
  readonly index: number;
  readonly name: string;
  readonly ask: () => ClaimResponse;
  readonly timer: NodeJS.Timeout;
}

export interface Faults {
  /** Applies what is asked and says nothing. */
  dropReplies: boolean;
  delayMs: number;
  /** Why the command at this index of a frame is refused; undefined = it is not. */
  refuse: ((verb: string, frame: number, index: number) => WireError | undefined) | undefined;
}

export const UNAVAILABLE: WireError = { code: status.UNAVAILABLE, reason: "DRAINING" };

export class MapServer implements AsyncDisposable {
  readonly keys: MapKeys;
  readonly topology = new MapTopology(() => aloneAt(this.address));
  /** Why a key (`namespace:key`, a character for each byte) is another node's matter. */
  turnsAway: ((name: string) => WireError | undefined) | undefined;
  readonly faults: Faults = { dropReplies: false, delayMs: 0, refuse: undefined };
  /** Commands of each frame that came. */
  readonly frames: number[] = [];
  readonly groups: Commands[] = [];
  /** What each stream that came said who its client is; empty = nothing. */
  readonly authorizations: string[] = [];
  cancels = 0;
  mostUnanswered = 0;
  #unanswered = 0;
  readonly #streams = new Set<Stream>();
  readonly #parked = new Map<string, Set<Parked>>();
  #server: Server | undefined;
  #port = 0;
  readonly #credentials: ServerCredentials;

  constructor(credentials = ServerCredentials.createInsecure(), keys = new MapKeys()) {
    this.#credentials = credentials;
    this.keys = keys;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get parkedClaims(): number {
    return [...this.#parked.values()].reduce((sum, { size }) => sum + size, 0);
  }

  get openStreams(): number {
    return this.#streams.size;
  }

  async start(): Promise<this> {
    // With channelz off forceShutdown of grpc-js 1.14 leaves the connections open.
    const server = new Server();
    server.addService(loadClaimd().Claims.service, {
      Session: (stream: Stream) => {
        this.#serve(stream);
      },
      WatchTopology: this.topology.serve,
    });
    this.#port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${this.#port}`, this.#credentials, (error, port) => {
        if (error === null) resolve(port);
        else reject(error);
      });
    });
    this.#server = server;
    return this;
  }

  /** As if the process were killed: connections end, parked claims are gone. */
  stop(): void {
    this.#server?.forceShutdown();
    this.#server = undefined;
    this.#streams.clear();
    for (const parked of this.#parked.values()) for (const { timer } of parked) clearTimeout(timer);
    this.#parked.clear();
    this.#unanswered = 0;
  }

  /** Ends the streams that are open, by a cut or by a polite end. */
  breakStreams(how: "cut" | "end" = "cut", code = status.UNAVAILABLE): void {
    for (const stream of this.#streams) {
      if (how === "end") stream.end();
      else stream.emit("error", Object.assign(new Error("cut"), { code }));
    }
    this.#streams.clear();
    this.#unanswered = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await Promise.resolve();
  }

  #serve(stream: Stream): void {
    this.#streams.add(stream);
    this.authorizations.push(stream.metadata.get("authorization").join());
    stream.on("data", (request: SessionRequest) => {
      this.#take(stream, request);
    });
    stream.on("end", () => {
      stream.end();
    });
    stream.on("error", () => undefined);
    stream.on("close", () => {
      this.#streams.delete(stream);
    });
  }

  #take(stream: Stream, { frame, commands, cancel }: SessionRequest): void {
    for (const each of cancel) this.#cancel(stream, each.frame, each.index);
    const count = commands.reduce((sum, { keyBytes }) => sum + keyBytes.length, 0);
    if (count === 0) return;
    this.frames.push(count);
    this.groups.push(...commands);
    this.#unanswered += count;
    this.mostUnanswered = Math.max(this.mostUnanswered, this.#unanswered);
    const answers: Required<Answers> = {
      claims: [],
      settles: [],
      gets: [],
      forgets: [],
      refusals: [],
    };
    let index = 0;
    for (const group of commands) {
      let keyAt = 0;
      for (const [at, length] of group.keyBytes.entries()) {
        const key = group.keys.toString("latin1", keyAt, keyAt + length);
        keyAt += length;
        this.#command(stream, frame, index++, group, at, `${group.namespace}:${key}`, answers);
      }
    }
    this.#send(stream, frame, answers);
  }

  #command(
    stream: Stream,
    frame: number,
    index: number,
    group: Commands,
    at: number,
    name: string,
    answers: Required<Answers>,
  ): void {
    const error = this.faults.refuse?.(group.verb, frame, index) ?? this.turnsAway?.(name);
    if (error !== undefined) {
      answers.refusals.push({ index: [index], error });
      return;
    }
    const claimId = group.claimIds.toString("hex", at * 16, at * 16 + 16);
    const { leaseMs, complete, holder, waitMs } = group;
    switch (group.verb) {
      case "CLAIM": {
        const ask = (): ClaimResponse =>
          this.keys.claim({ name, claimId, leaseMs, complete, holder });
        const answer = ask();
        if (answer.status === "IN_PROGRESS" && waitMs > 0) {
          this.#park(stream, frame, index, name, waitMs, ask);
        } else {
          answers.claims.push({ index: [index], answer });
        }
        break;
      }
      case "COMPLETE":
      case "FAIL": {
        const failed = { RETRYABLE: "RELEASED", TERMINAL: "FAILED", UNKNOWN: "HELD" } as const;
        const to = group.verb === "COMPLETE" ? "COMPLETED" : failed[group.outcome];
        const answer = this.keys.settle(name, claimId, to, group.results[at] ?? null);
        answers.settles.push({ index: [index], answer });
        this.#lookAgain(name);
        break;
      }
      case "EXTEND":
        answers.settles.push({ index: [index], answer: this.keys.extend(name, claimId, leaseMs) });
        break;
      case "GET": {
        const record = this.keys.get(name);
        answers.gets.push({ index: [index], answer: { found: record !== null, record } });
        break;
      }
      case "FORGET": {
        const existed = this.keys.forget(name, group.fencingTokens[at] ?? 0);
        answers.forgets.push({ index: [index], answer: { existed } });
        this.#lookAgain(name);
        break;
      }
      default:
        answers.refusals.push({ index: [index], error: { code: status.INVALID_ARGUMENT } });
    }
  }

  #park(
    stream: Stream,
    frame: number,
    index: number,
    name: string,
    waitMs: number,
    ask: () => ClaimResponse,
  ): void {
    const parked = this.#parked.get(name) ?? new Set();
    this.#parked.set(name, parked);
    const timer = setTimeout(() => {
      parked.delete(each);
      this.#answerClaim(each, ask());
    }, waitMs);
    const each: Parked = { stream, frame, index, name, ask, timer };
    parked.add(each);
  }

  /** A node that steps down lets go of the claims that wait for its keys. */
  turnParkedAway(): void {
    for (const parked of this.#parked.values()) {
      for (const each of parked) {
        const error = this.turnsAway?.(each.name);
        if (error === undefined) continue;
        parked.delete(each);
        clearTimeout(each.timer);
        this.#send(each.stream, each.frame, { refusals: [{ index: [each.index], error }] });
      }
    }
  }

  #lookAgain(name: string): void {
    const parked = this.#parked.get(name);
    for (const each of parked ?? []) {
      const answer = each.ask();
      if (answer.status === "IN_PROGRESS") continue;
      parked?.delete(each);
      clearTimeout(each.timer);
      this.#answerClaim(each, answer);
    }
  }

  #answerClaim({ stream, frame, index }: Parked, answer: ClaimResponse): void {
    const claims: ClaimAnswers[] = [{ index: [index], answer }];
    this.#send(stream, frame, { claims });
  }

  #cancel(stream: Stream, frame: number, index: number): void {
    this.cancels++;
    for (const parked of this.#parked.values()) {
      for (const each of parked) {
        if (each.stream !== stream || each.frame !== frame || each.index !== index) continue;
        parked.delete(each);
        clearTimeout(each.timer);
        const error = { code: status.CANCELLED, reason: "CANCELLED" };
        this.#send(stream, frame, { refusals: [{ index: [index], error }] });
      }
    }
  }

  #send(stream: Stream, frame: number, answers: Answers): void {
    if (this.faults.dropReplies) return;
    const write = (): void => {
      if (!this.#streams.has(stream)) return;
      for (const group of Object.values(answers) as { index?: number[] }[][]) {
        for (const { index = [] } of group) this.#unanswered -= index.length;
      }
      stream.write({ frame, answers });
    };
    if (this.faults.delayMs > 0) setTimeout(write, this.faults.delayMs);
    else write();
  }
}
