/** Mistakes around the protocol: of what answers, of clients, of controllers, of the start. */
import { claim, type SeededBug, shell } from "./seeded-bug.ts";

export const BUGS_AROUND: readonly SeededBug[] = [
  {
    name: "a duplicate answered from an uncommitted grant",
    profile: "calm",
    seedsAtMost: 40,
    edits: shell("answers")([
      "      else if (replica.commit < each.index || replica.confirmedRound < each.round) {",
      `      else if (
        (!each.answer.isKnown && replica.commit < each.index) ||
        replica.confirmedRound < each.round
      ) {`,
    ]),
  },
  {
    name: "others changing inSync",
    profile: "crashes",
    seedsAtMost: 40,
    edits: shell("controller")([
      "    for (const { type, record, revision, guard } of steps) {",
      `    const living = this.#around.coordinator.living();
    const inSync = known.record.inSync.filter(({ store }) => living.has(store));
    const nonce = this.#nonce();
    const dropped = { ...known, type: "goal", record: { ...known.record, inSync, nonce } };
    const all = inSync.length < known.record.inSync.length ? [dropped] : steps;
    for (const { type, record, revision, guard } of all) {`,
    ]),
  },
  {
    name: "the pod's name as identity, with an emptied disk",
    profile: "disks",
    seedsAtMost: 40,
    edits: shell("cluster")(["`${id}n`", "id"]).concat(
      shell("boot")([
        "    return nonces.includes(nonce) && writes >= highWaterMark;",
        `    return nonces.length === 0 || (nonces.includes(nonce) && writes >= highWaterMark);`,
      ]),
    ),
  },
  {
    name: "a disk that was rolled back taken for the one that ran last",
    profile: "disks",
    seedsAtMost: 40,
    edits: shell("boot")([
      "    return nonces.includes(nonce) && writes >= highWaterMark;",
      "    return true;",
    ]),
  },
  {
    name: "a deposed leader answering NOT_FOUND",
    profile: "deposed",
    seedsAtMost: 60,
    edits: shell("answers")([
      "    const round = isKnown ? 0 : (replica.askRound() ?? Infinity);",
      "    const round = 0;",
    ]),
  },
  {
    name: "a new claim id on retry",
    profile: "calm",
    seedsAtMost: 40,
    edits: shell("client")([
      "    const { attempt, command } = operation;",
      `    const { attempt } = operation;
    const isRetry = operation.command.type === "claim" && attempt > 1;
    const claimId = claimIdOf(job * 1000 + attempt);
    const command = isRetry ? { ...operation.command, claimId } : operation.command;`,
    ]),
  },
  {
    name: "expiring without the clock bound",
    profile: "clocks",
    seedsAtMost: 60,
    edits: shell("answers")([
      "    const { maxClockOffsetMs } = rules;",
      "    const maxClockOffsetMs = Math.min(rules.maxClockOffsetMs, 0);",
    ]),
  },
  {
    name: "a key told to be over that stays",
    profile: "watchers",
    seedsAtMost: 20,
    edits: claim("decide")([
      '  return { reply, write: saysSo ? "removed" : write };',
      "  return { reply, write };",
    ]),
  },
  {
    name: "a clock that goes back after a fail-over",
    profile: "clocks",
    seedsAtMost: 100,
    edits: shell("answers")([
      "    const nowMs = Math.max(this.#store.clock.nowMs(), replica.lastStampMs);",
      "    const nowMs = this.#store.clock.nowMs();",
    ]),
  },
  {
    name: "a follower answering from what is not committed",
    profile: "partitions",
    seedsAtMost: 40,
    edits: shell("answers")([
      "    const entry = memory.latest(key, replica.commit);",
      "    const entry = memory.latest(key);",
    ]),
  },
  {
    name: "a follower that does not look at what is pending",
    profile: "deposed",
    seedsAtMost: 20,
    edits: shell("answers")([
      "    const isPending = memory.latest(key) !== entry;",
      "    const isPending = false;",
    ]),
  },
];
