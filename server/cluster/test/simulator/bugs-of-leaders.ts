/** Mistakes of whoever leads, or makes others lead: in counting, in its set, in promotions. */
import { core, type SeededBug } from "./seeded-bug.ts";

const effectiveSet = core("effective-set");
const leader = core("leader");
const progress = core("member-progress");
const promotion = core("promotion");

export const BUGS_OF_LEADERS: readonly SeededBug[] = [
  {
    name: "answering before a shrink is confirmed",
    profile: "partitions",
    seedsAtMost: 1000,
    edits: effectiveSet([
      "    return [...this.confirmed, ...pending.filter((each) => !isIn(this.confirmed, each))];",
      "    return pending.length > 0 ? pending : this.confirmed;",
    ]),
  },
  {
    name: "promoting outside the set",
    profile: "crashes",
    seedsAtMost: 1000,
    edits: promotion(
      [
        "  if (!record.inSync.some(({ store }) => store === candidate.store)) return undefined;",
        "",
      ],
      [
        "  let inSync = record.inSync.map((each) => (each.store === candidate.store ? candidate : each));",
        `  let inSync = [
    candidate,
    ...record.inSync.filter((each) => each.store !== candidate.store),
  ];`,
      ],
      [
        "  const able = record.inSync.flatMap(({ store, boot }) => {",
        "  const able = record.replicas.flatMap(({ store, join: boot }) => {",
      ],
    ),
  },
  {
    name: "counting a learner",
    profile: "moves",
    seedsAtMost: 1000,
    edits: leader([
      "    for (const each of this.#set.effective()) {",
      `    const quickest = this.#members
      .toSorted((a, b) => b.matched - a.matched)
      .slice(0, state.rules.minInSync - 1);
    for (const each of quickest) {`,
    ]),
  },
  {
    name: "unknown taken for failed",
    profile: "doubt",
    seedsAtMost: 1000,
    edits: effectiveSet([
      `    this.#state.effect({ type: "read" });
    this.#send(this.#pending, nowMs);`,
      "    this.#pending = undefined;",
    ]),
  },
  {
    name: "an older unknown change forgotten",
    profile: "doubt",
    seedsAtMost: 1000,
    edits: effectiveSet(
      [
        "    if (this.#pending !== undefined || isIn(this.confirmed, { store, boot })) return;",
        "    if (isIn(this.effective(), { store, boot })) return;",
      ],
      [
        "    if (this.#pending !== undefined || inSync.length === this.confirmed.length) return;",
        "    if (inSync.length === this.confirmed.length) return;",
      ],
    ),
  },
  {
    name: "an acknowledgement without epoch",
    profile: "powerCuts",
    seedsAtMost: 10_000,
    edits: leader([
      `    if (reply.epoch < this.epoch || reply.type === "stale") return true;`,
      `    if (reply.type === "stale") return true;`,
    ]),
  },
  {
    name: "expanding before caught up",
    profile: "crashes",
    seedsAtMost: 1000,
    edits: leader([
      "    if (member.round === 0 || member.matched < needed || !this.#isWanted(member)) return;",
      "    if (member.round === 0 || !this.#isWanted(member)) return;",
    ]),
  },
  {
    name: "expanding up to the known commit index only",
    profile: "crashes",
    seedsAtMost: 10_000,
    edits: leader([
      "    const needed = Math.max(this.#state.commit, this.#startIndex);",
      "    const needed = this.#state.commit;",
    ]),
  },
  {
    name: "a set not enlarged while expanding",
    profile: "coordinator",
    seedsAtMost: 1000,
    edits: effectiveSet([
      "    return [...this.confirmed, ...pending.filter((each) => !isIn(this.confirmed, each))];",
      "    return pending.length > this.confirmed.length ? this.confirmed : [...this.confirmed, ...pending];",
    ]),
  },
  {
    name: "a leader that does not wait for its own sync",
    profile: "crashes",
    seedsAtMost: 1000,
    edits: leader(["    let commit = this.#ownSynced;", "    let commit = state.log.lastIndex;"]),
  },
  {
    name: "another boot's word taken for the listed one's",
    profile: "crashes",
    seedsAtMost: 1000,
    edits: leader([
      "    return this.#members.find((each) => each.store === store && each.boot === boot);",
      "    return this.#members.find((each) => each.store === store && each.boot >= boot);",
    ]).concat(
      progress([
        `      this.matched = 0;
      this.sent = undefined;
      this.round = 0;`,
        "",
      ]),
    ),
  },
  {
    name: "a round confirmed by what an earlier epoch asked",
    profile: "rivals",
    seedsAtMost: 10_000,
    edits: leader([
      `    if (reply.epoch < this.epoch || reply.type === "stale") return true;`,
      "    if (reply.epoch < this.epoch) return true;",
    ]),
  },
  {
    name: "dropping below minInSync",
    profile: "partitions",
    seedsAtMost: 1000,
    edits: effectiveSet(["    if (inSync.length < this.#state.rules.minInSync) return;", ""]),
  },
];
