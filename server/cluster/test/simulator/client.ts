/**
 * A caller with one job at a time: it claims a key, works, settles, or looks, or forgets. It asks
 * again, anywhere, until it is answered; a claim keeps its claim id through all of that.
 */
import type { ClaimCommand, Command } from "../../../claim/command.ts";
import type { Reply } from "../../../claim/reply.ts";
import type { Answer, Heard } from "./answers.ts";
import type { ClaimHistory } from "./claim-history.ts";
import type { Surroundings } from "./surroundings.ts";

const KEYS = ["a", "b", "c"];
/** A job that was told to wait asks so often. */
const MOST_WAITS = 3;
const PATIENCE_MS = [40, 120] as const;
const PAUSE_MS = [20, 120] as const;

interface Operation {
  readonly key: string;
  readonly command: Command;
  readonly job: number;
  readonly done: (reply: Reply) => void;
  target: string | undefined;
  attempt: number;
}

export class Client {
  readonly #around: Surroundings;
  readonly #name: string;
  readonly #number: number;
  readonly #history: ClaimHistory;
  #jobs = 0;
  #untilMs = 0;
  #isIdle = true;
  #lastToken = 0;

  constructor(around: Surroundings, number: number, history: ClaimHistory) {
    this.#around = around;
    this.#number = number;
    this.#name = `client-${number}`;
    this.#history = history;
  }

  get name(): string {
    return this.#name;
  }

  /** Has no job, and takes no more. */
  get isDone(): boolean {
    return this.#isIdle && this.#around.world.nowMs >= this.#untilMs;
  }

  /** Begins jobs until then, and ends what it has begun. */
  start(untilMs: number): void {
    this.#untilMs = untilMs;
    this.#pause();
  }

  #pause(): void {
    const { world } = this.#around;
    this.#isIdle = true;
    world.after(world.between(...PAUSE_MS), () => {
      if (world.nowMs >= this.#untilMs) return;
      this.#isIdle = false;
      this.#begin();
    });
  }

  #begin(): void {
    const { random } = this.#around.world;
    const end = (): void => this.#pause();
    this.#jobs += 1;
    const job = this.#jobs * 100 + this.#number;
    const key = random.pick(KEYS);
    const { gets, forgets } = this.#around;
    const fate = random.next();
    if (fate < gets) this.#ask(key, { type: "get" }, job, end);
    else if (fate < gets + forgets) {
      const token = random.chance(0.5) ? 0 : this.#lastToken;
      this.#ask(key, { type: "forget", token }, job, end);
    } else this.#claim(key, job);
  }

  #claim(key: string, job: number): void {
    const { world } = this.#around;
    const claim: ClaimCommand = {
      type: "claim",
      claimId: claimIdOf(job),
      fingerprint: undefined,
      leaseMs: 0,
      windowMs: 0,
      complete: world.random.chance(0.15),
      holder: this.#name,
      traceparent: "",
    };
    let waits = 0;
    const heard = (reply: Reply): void => {
      if (reply.type !== "claim") this.#pause();
      else if (reply.status === "GRANTED") {
        this.#lastToken = reply.token;
        if (claim.complete) this.#pause();
        else this.#work(key, claim, job);
      } else if (reply.status === "IN_PROGRESS" && waits < MOST_WAITS) {
        waits += 1;
        const waitMs = world.between(10, 20 + reply.retryAfterMs);
        world.after(waitMs, () => this.#ask(key, claim, job, heard));
      } else this.#pause();
    };
    this.#ask(key, claim, job, heard);
  }

  #work(key: string, { claimId }: ClaimCommand, job: number): void {
    const { world, policy } = this.#around;
    const { random } = world;
    const end = (): void => this.#pause();
    const settle = (): void => {
      const fate = random.next();
      const fail = { type: "fail", claimId, result: undefined } as const;
      if (fate < 0.65) this.#ask(key, { type: "complete", claimId, result: undefined }, job, end);
      else if (fate < 0.8) this.#ask(key, { ...fail, outcome: "RETRYABLE" }, job, end);
      else if (fate < 0.84) this.#ask(key, { ...fail, outcome: "TERMINAL" }, job, end);
      else if (fate < 0.87) this.#ask(key, { ...fail, outcome: "UNKNOWN" }, job, end);
      else this.#pause();
    };
    const work = (then: () => void): void =>
      world.after(world.between(2, random.chance(0.2) ? 1.5 * policy.leaseMs : 60), then);
    if (random.chance(0.8)) work(settle);
    else
      work(() => this.#ask(key, { type: "extend", claimId, leaseMs: 0 }, job, () => work(settle)));
  }

  #ask(key: string, command: Command, job: number, done: (reply: Reply) => void): void {
    const target = this.#around.world.random.chance(0.5) ? undefined : this.#guess();
    this.#send({ key, command, job, done, target, attempt: 0 });
  }

  #guess(): string {
    return this.#around.coordinator.record.leader;
  }

  #send(operation: Operation): void {
    const { world, network, stores } = this.#around;
    const { key, job } = operation;
    operation.attempt += 1;
    const { attempt, command } = operation;
    const target = operation.target ?? world.random.pick([...stores.keys()]);
    const call = this.#history.ask(key, command);
    const question = { key, command, job, floor: this.#history.floorOf(key) };
    world.trace(() => `${this.#name} job ${job} asks ${target} to ${command.type} ${key}`);
    const hear = (heard: Heard): void => {
      if (attempt !== operation.attempt) return;
      operation.attempt += 1;
      if (heard.type === "answer") {
        this.#history.answer(call, heard);
        world.trace(() => `${this.#name} job ${job} hears ${told(heard)}`);
        operation.done(heard.reply);
        return;
      }
      operation.target = heard.type === "elsewhere" ? heard.leader : undefined;
      world.after(world.between(1, 30), () => this.#send(operation));
    };
    network.sendOnce(this.#name, target, () =>
      stores
        .get(target)
        ?.deliver((node) =>
          node.answers.ask(question, (heard) =>
            network.sendOnce(target, this.#name, () => hear(heard)),
          ),
        ),
    );
    world.after(world.between(...PATIENCE_MS), () => {
      if (attempt !== operation.attempt) return;
      operation.target = undefined;
      this.#send(operation);
    });
  }
}

/** 16 bytes, different in their first 8 for each job. */
function claimIdOf(job: number): Uint8Array {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(0, job);
  return id;
}

function told({ reply, basis, write }: Answer): string {
  const status = "status" in reply ? reply.status : reply.type;
  return `${status} from ${basis}${write === undefined ? "" : `, written as ${write}`}`;
}
