/** Mistakes of whoever leads, or makes others lead: in counting, in its set, in promotions. */
import { cluster, core, type SeededBug } from "./seeded-bug.ts";

const effectiveSet = core("effective-set");
const leader = core("leader");
const promotion = core("promotion");

export const BUGS_OF_LEADERS: readonly SeededBug[] = [
  {
    name: "answering before a shrink is confirmed",
    profile: "partitions",
    seedsAtMost: 40,
    edits: effectiveSet([
      "    return [...this.confirmed, ...pending.filter((each) => !isIn(this.confirmed, each))];",
      "    return pending.length > 0 ? pending : this.confirmed;",
    ]),
  },
  {
    name: "promoting outside the set",
    profile: "crashes",
    seedsAtMost: 40,
    edits: promotion(
      [
        "  if (!record.inSync.some(({ store }) => store === candidate.store)) return undefined;",
        "",
      ],
      [
        "(each.store === candidate.store ? candidate : each));",
        `(each.store === candidate.store ? candidate : each));
  if (!inSync.includes(candidate)) inSync = [candidate, ...inSync];`,
      ],
      [
        "  const able = record.inSync.flatMap(({ store, boot }) => {",
        "  const able = record.replicas.flatMap(({ store, join: boot }) => {",
      ],
    ).concat(
      cluster("controller-promotions")([
        "  const views = record.inSync.flatMap(({ store }) => {",
        "  const views = record.replicas.flatMap(({ store }) => {",
      ]),
    ),
  },
  {
    name: "counting a learner",
    profile: "moves",
    seedsAtMost: 40,
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
    seedsAtMost: 200,
    edits: effectiveSet([
      `    this.#state.effect({ type: "read" });
    this.#send(this.#pending, nowMs);`,
      "    this.#pending = undefined;",
    ]),
  },
  {
    name: "an older unknown change forgotten",
    profile: "doubt",
    seedsAtMost: 100,
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
    seedsAtMost: 14_200,
    edits: leader([
      `    if (reply.epoch < this.epoch || reply.type === "stale") return true;`,
      `    if (reply.type === "stale") return true;`,
    ]),
  },
  {
    name: "expanding before caught up",
    profile: "crashes",
    seedsAtMost: 40,
    edits: leader([
      "    if (member.round === 0 || member.matched < needed) return;",
      "    if (member.round === 0 || needed < 0) return;",
    ]),
  },
  {
    name: "expanding up to the known commit index only",
    profile: "crashes",
    seedsAtMost: 1200,
    edits: leader([
      "    const needed = Math.max(this.#state.commit, this.#startIndex);",
      "    const needed = this.#state.commit;",
    ]),
  },
  {
    name: "a set not enlarged while expanding",
    profile: "coordinator",
    seedsAtMost: 40,
    edits: effectiveSet([
      "    return [...this.confirmed, ...pending.filter((each) => !isIn(this.confirmed, each))];",
      "    return this.confirmed;",
    ]),
  },
  {
    name: "a leader that does not wait for its own sync",
    profile: "crashes",
    seedsAtMost: 40,
    edits: leader(["    let commit = this.#ownSynced;", "    let commit = state.log.lastIndex;"]),
  },
  {
    name: "dropping below minInSync",
    profile: "partitions",
    seedsAtMost: 40,
    edits: effectiveSet(["    if (inSync.length < this.#state.rules.minInSync) return;", ""]),
  },
  {
    name: "a leader that stays although all refuse its clock",
    profile: "brokenClock",
    seedsAtMost: 40,
    edits: leader([
      "    return keepingUp.length === 0 && this.#members.some(({ isRefusing }) => isRefusing);",
      "    return keepingUp.length < 0;",
    ]),
  },
  {
    name: "a move looked at only when its record is read",
    profile: "moves",
    seedsAtMost: 20,
    edits: leader(
      [
        `    this.#advance();
    this.#moveOn(nowMs);
    return true;`,
        `    this.#advance();
    if (this.#handOver.to !== undefined) this.#moveOn(nowMs);
    return true;`,
      ],
      [
        `    this.#moveOn(nowMs);
  }

  #become`,
        `    if (this.#handOver.to !== undefined) this.#moveOn(nowMs);
  }

  #become`,
      ],
    ),
  },
];
