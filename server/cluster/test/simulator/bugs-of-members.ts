/** Mistakes of a replica about what it has promised, what it has, and what it says of it. */
import { type Change, core, type SeededBug, shell } from "./seeded-bug.ts";

const follower = core("follower");
const leader = core("leader");
const replica = core("replica");
const state = core("replica-state");

const NOT_SYNCED: Change = [
  `    this.write([{ type: "promise", epoch }], () => {
      this.promisedSynced = epoch;
      then();
    });`,
  `    this.effect({ type: "write", ticket: 0, writes: [{ type: "promise", epoch }] });
    this.promisedSynced = epoch;
    then();`,
];

export const BUGS_OF_MEMBERS: readonly SeededBug[] = [
  {
    name: "a promise that is not synced",
    profile: "slowDisks",
    seedsAtMost: 40,
    edits: state(NOT_SYNCED),
  },
  {
    name: "a member's promise that is not written",
    profile: "crashes",
    seedsAtMost: 40,
    edits: follower([
      "    if (epoch > state.promised) state.promise(epoch, () => undefined);",
      "    if (epoch > state.promised) state.promised = state.promisedSynced = epoch;",
    ]),
  },
  {
    name: "a leader's promise that is not synced",
    profile: "slowDisks",
    seedsAtMost: 40,
    edits: replica(
      ["    state.promise(epoch, () => {\n      if", "    const begin = (): void => {\n      if"],
      [
        "this.#leader = new Leader(state, latest, nowMs);\n    });",
        `this.#leader = new Leader(state, latest, nowMs);
    };
    state.promise(epoch, () => undefined);
    begin();`,
      ],
    ),
  },
  {
    name: "deciding on a stale read",
    profile: "coordinator",
    seedsAtMost: 600,
    edits: replica(["    if (revision <= (state.seen?.revision ?? 0)) return;", ""]),
  },
  {
    name: "accepting a gap",
    profile: "partitions",
    seedsAtMost: 40,
    edits: follower([
      "    if (!log.has(previous)) {",
      "    if (previous.index <= log.lastIndex && !log.has(previous)) {",
    ]),
  },
  {
    name: "conflict compared by index only",
    profile: "partitions",
    seedsAtMost: 40,
    edits: follower([
      "      if (epoch === entry.epoch || entry.index <= log.base.index) continue;",
      "      if (epoch !== undefined || entry.index <= log.base.index) continue;",
    ]),
  },
  {
    name: "an Append stored without raising the promise",
    profile: "partitions",
    seedsAtMost: 40,
    edits: follower(
      ["    if (epoch > state.promised) state.promise(epoch, () => undefined);\n", ""],
      ["    if (epoch > state.promisedSynced) {", "    if (epoch < state.promisedSynced) {"],
      [
        `said.type !== "stale" && (epoch !== state.promised || join`,
        `said.type !== "stale" && (epoch < state.promised || join`,
      ],
      ["epoch: state.promisedSynced, round", "epoch: Math.max(epoch, state.promisedSynced), round"],
    ),
  },
  {
    name: "a Cut of a lower epoch obeyed",
    profile: "partitions",
    seedsAtMost: 1000,
    edits: follower([
      "    if (epoch < state.promised) {",
      `    if (epoch < state.promised && message.type !== "cut") {`,
    ]),
  },
  {
    name: "an acknowledgement that carries the log's length",
    profile: "partitions",
    seedsAtMost: 60,
    edits: follower(["    const index = this.#matched;", "    const index = log.lastIndex;"]),
  },
  {
    name: "a follower that does not wait for its sync",
    profile: "crashes",
    seedsAtMost: 40,
    edits: follower(
      [
        "    state.write(writes, () => {\n      if (said",
        "    const say = (): void => {\n      if (said",
      ],
      [
        `      state.effect({ type: "send", to: store, message });\n    });`,
        `      state.effect({ type: "send", to: store, message });
    };
    state.write(writes, () => undefined);
    say();`,
      ],
    ),
  },
  {
    name: "leaderBoot ignored",
    profile: "crashes",
    seedsAtMost: 40,
    edits: state([
      "    return leader === this.self.store && leaderBoot === this.self.boot;",
      "    return leader === this.self.store && leaderBoot > 0;",
    ]),
  },
  {
    name: "the same epoch begun twice",
    profile: "deposed",
    seedsAtMost: 40,
    edits: replica([
      `      this.#askForNextEpoch(seen, nowMs);
      return;`,
      `      if (epoch === state.promisedSynced) this.#leader = new Leader(state, seen, nowMs);
      else this.#askForNextEpoch(seen, nowMs);
      return;`,
    ]),
  },
  {
    name: "cut by bare index",
    profile: "partitions",
    seedsAtMost: 1300,
    edits: follower([
      "    const ignored = !this.#state.log.has(first) || first.index <= this.#matched;",
      "    const ignored = this.#state.log.epochAt(first.index) === undefined;",
    ]),
  },
  {
    name: "an old snapshot installed",
    profile: "partitions",
    seedsAtMost: 600,
    edits: follower([
      "    if (state.log.has(upTo) || upTo.index <= state.commit) {",
      "    if (false) {",
    ]),
  },
  {
    name: "deletion on a stale read",
    profile: "moves",
    seedsAtMost: 40,
    edits: replica(
      [
        "    if (revision <= (state.seen?.revision ?? 0)) return;",
        "    if (revision <= (state.seen?.revision ?? 0)) return this.#eraseFormer(record);",
      ],
      ["    if (join === 0 || record.joins < join) return;", "    if (join === 0) return;"],
    ),
  },
  {
    name: "deletion without the join",
    profile: "moves",
    seedsAtMost: 100,
    edits: replica([
      "    if (state.replicaIn(record)?.join === join) return;",
      "    if (state.replicaIn(record) !== undefined) return;",
    ]).concat(
      follower(
        ["    if (join <= state.erasedJoin || join < state.join) return;", ""],
        [
          "    if (join > state.join) {",
          "    if (state.join === 0 || (join > state.join && state.join === 0)) {",
        ],
      ),
      leader([
        "    if (member?.join !== reply.join || !member",
        "    if (member === undefined || !member",
      ]),
    ),
  },
  {
    name: "deletion with the promise",
    profile: "moves",
    seedsAtMost: 40,
    edits: state([
      "    this.erasedJoin = join;\n",
      "    this.erasedJoin = join;\n    this.promised = this.promisedSynced = 0;\n",
    ]).concat(
      shell("image")([
        "        this.erasedJoin = write.join;\n",
        "        this.erasedJoin = write.join;\n        this.promised = 0;\n",
      ]),
    ),
  },
  {
    name: "a stamp that nobody checks",
    profile: "brokenClock",
    seedsAtMost: 40,
    edits: follower([
      "    if (entries.some(({ stampMs }) => stampMs > nowMs + rules.maxClockOffsetMs)) {",
      "    if (entries.some(({ stampMs }) => stampMs > nowMs + 1e9 * rules.maxClockOffsetMs)) {",
    ]),
  },
];
