/**
 * The one log that all stores must agree on: what anybody calls committed, in its order. Whatever
 * is committed twice must be the same, and each entry must be one that claimd may write there.
 */
import type { ClaimRecord } from "../../../storage/claim-record.ts";
import type { LogPoint } from "../../core/partition-log.ts";
import type { Entry, KeptState } from "./image.ts";
import type { World } from "./world.ts";

/** Clocks show whole milliseconds. */
const ROUNDING_MS = 2;

export class CommittedLog {
  /** How much earlier a grant may be: where a clock beyond the bound has dragged the others. */
  slackMs = ROUNDING_MS;
  readonly #world: World;
  readonly #entries: Entry[] = [];
  readonly #latest = new Map<string, Entry>();
  readonly #highestToken = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  get lastIndex(): number {
    return this.#entries.length;
  }

  entry(index: number): Entry | undefined {
    return this.#entries[index - 1];
  }

  /** `who` calls this committed. */
  add(who: string, entry: Entry): void {
    const known = this.entry(entry.index);
    if (known === undefined) {
      if (entry.index !== this.lastIndex + 1) {
        this.#world.fail("equal prefixes", `${who} commits ${entry.index} behind a hole`);
      }
      this.#check(entry);
      this.#entries.push(entry);
      this.#latest.set(entry.payload.key, entry);
    } else if (known.epoch !== entry.epoch || known.payload !== entry.payload) {
      const was = `${known.epoch}.${known.index}`;
      const is = `${entry.epoch}.${entry.index}`;
      this.#world.fail("equal prefixes", `${who} commits ${is}, where ${was} was committed`);
    }
  }

  /** A state that ends at `point` says this of the keys. */
  checkState(who: string, point: LogPoint, { kept }: KeptState): void {
    if (this.entry(point.index)?.epoch !== point.epoch) {
      const what = `a state of ${point.epoch}.${point.index}, which is not committed`;
      this.#world.fail("equal prefixes", `${who} has ${what}`);
    }
    for (const [key, entry] of kept) {
      if (this.entry(entry.index)?.payload !== entry.payload) {
        this.#world.fail("equal prefixes", `${who} keeps ${entry.index} of ${key}, as nobody else`);
      }
    }
  }

  /** Whether the key was removed by an entry behind `from`, up to `to`. */
  wasRemoved(key: string, from: number, to: number): boolean {
    return this.#entries
      .slice(from, to)
      .some(({ payload }) => payload.key === key && payload.record === "removed");
  }

  #check(entry: Entry): void {
    const { key, record, token, basis } = entry.payload;
    const where = `${entry.epoch}.${entry.index} of ${key}`;
    const before = this.#latest.get(key);
    if (entry.stampMs < (this.entry(entry.index - 1)?.stampMs ?? 0)) {
      this.#world.fail("clocks never go back", `${where} is stamped before the one before it`);
    }
    if (basis !== (before?.index ?? 0)) {
      const real = before?.index ?? "nothing";
      this.#world.fail("one grant", `${where} was decided on ${basis}, but behind ${real}`);
    }
    if (record === "removed") return;
    const highest = this.#highestToken.get(key) ?? 0;
    const known = before?.payload.record;
    const isGrant = known === undefined || known === "removed" || token !== known.token;
    if (!isGrant) return;
    if (token <= highest) this.#world.fail("tokens grow", `${where}: ${token} behind ${highest}`);
    this.#highestToken.set(key, token);
    if (before === undefined || known === undefined || known === "removed") return;
    // Nobody hears of a grant before this: one that a wrong clock decided waits for the others'.
    const elapsedMs = this.#world.nowMs - before.payload.decidedAtMs;
    if (elapsedMs < heldForMs(known) - this.slackMs) {
      const after = `${elapsedMs.toFixed(1)} ms after ${known.state}`;
      this.#world.fail("no early grant", `${where} granted ${after}, at ${before.index}`);
    }
  }
}

/** How long after this was written nobody else may get the key. */
function heldForMs(record: ClaimRecord): number {
  if (record.state === "IN_PROGRESS") return record.leaseMs;
  return record.state === "RELEASED" ? 0 : record.windowMs;
}
