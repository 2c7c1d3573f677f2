/**
 * What must hold in every run (CLUSTER.md §8), checked where it could break: at each answer, each
 * commit, each sync, each start and each change of the partition's record.
 *
 * It sees more than any node does, and touches nothing.
 */
import type { Incarnation, PartitionRecord } from "../../partition-record.ts";
import { type Actor, recordProblem } from "../../partition-record-rules.ts";
import type { Answer, Question } from "./answers.ts";
import { CommittedLog } from "./committed-log.ts";
import type { ReplicaImage } from "./image.ts";
import type { Store } from "./store.ts";
import type { World } from "./world.ts";

export class Promises {
  readonly log: CommittedLog;
  readonly #world: World;
  readonly #minInSync: number;
  readonly #stores: ReadonlyMap<string, Store>;
  readonly #leaders = new Map<number, string>();
  readonly #promised = new Map<string, number>();
  readonly #synced = new Map<string, number>();
  /** Epochs of entries that were answered, by index. */
  readonly #answered = new Map<number, number>();
  #record: PartitionRecord;

  constructor(
    world: World,
    minInSync: number,
    stores: ReadonlyMap<string, Store>,
    first: PartitionRecord,
  ) {
    this.#world = world;
    this.#minInSync = minInSync;
    this.#stores = stores;
    this.#record = first;
    this.log = new CommittedLog(world);
  }

  /** At most one store leads an epoch, and it begins it once. */
  leads(epoch: number, { store, boot }: Incarnation): void {
    const who = `${store}/${boot}`;
    const before = this.#leaders.get(epoch);
    if (before !== undefined) {
      this.#world.fail("one server per epoch", `${who} begins ${epoch}, as ${before} did`);
    }
    this.#leaders.set(epoch, who);
  }

  /** Promises never fall: what was synced once stands at every start. */
  synced({ id, isLost }: Store, { promised }: ReplicaImage): void {
    if (isLost) return;
    if (promised >= (this.#synced.get(id) ?? 0)) this.#synced.set(id, promised);
    else this.#world.fail("promises never fall", `${id} lowers its promise to ${promised}`);
  }

  /** Whoever speaks at an epoch has promised it, and must not forget. */
  says({ id }: Store, epoch: number): void {
    this.#promised.set(id, Math.max(this.#promised.get(id) ?? 0, epoch));
  }

  started({ id }: Store, image: ReplicaImage): void {
    const before = Math.max(this.#promised.get(id) ?? 0, this.#synced.get(id) ?? 0);
    if (image.promised < before) {
      this.#world.fail("promises never fall", `${id} promised ${before}, now ${image.promised}`);
    }
    this.#checkMembers();
  }

  /** Equal prefixes up to the commit index. */
  committed(
    { store, boot }: Incarnation,
    memory: ReplicaImage,
    { from, to }: { readonly from: number; readonly to: number },
  ): void {
    const who = `${store}/${boot}`;
    if (memory.base.index > from) this.log.checkState(who, memory.base, memory.state);
    for (let index = Math.max(from, memory.base.index) + 1; index <= to; index++) {
      const entry = memory.entry(index);
      if (entry === undefined) this.#world.fail("equal prefixes", `${who} lacks ${index}`);
      this.log.add(who, entry);
    }
  }

  /** What is answered rests on what stays, and is not older than what had been answered. */
  answered(by: Incarnation, question: Question, answer: Answer): void {
    const { key, floor, job } = question;
    const { reply, basis, write, isKnown, isBehind } = answer;
    const who = `${by.store}/${by.boot}`;
    if (Math.max(basis, write ?? 0) > this.log.lastIndex) {
      this.#world.fail("no answer vanishes", `${who} answers from ${write ?? basis}, uncommitted`);
    }
    const mayBeUnaware = isBehind && this.log.wasRemoved(key, basis, floor);
    if (isKnown && basis < floor && !mayBeUnaware) {
      this.#world.fail("completed stays", `${who} answers from ${basis}, ${floor} was answered`);
    }
    if (!isKnown && basis < floor) {
      this.#world.fail("no stale answer", `${who} answers from ${basis}, ${floor} was answered`);
    }
    const owner = this.log.entry(basis)?.payload.job;
    if (reply.type === "claim" && reply.status === "IN_PROGRESS" && owner === job) {
      this.#world.fail("one's own grant", `${who} tells job ${job} that it is its own rival`);
    }
    if (write === undefined) return;
    const epoch = this.log.entry(write)?.epoch ?? 0;
    this.#answered.set(write, epoch);
    this.#checkMember(write, epoch);
  }

  /** Whoever serves in the end has all that was answered. */
  ends({ store }: Incarnation, commit: number): void {
    const highest = Math.max(0, ...this.#answered.keys());
    if (commit < highest) {
      this.#world.fail("answers survive", `${store} serves ${commit}, ${highest} was answered`);
    }
  }

  changed(old: PartitionRecord, next: PartitionRecord, by: Actor): void {
    const problem = recordProblem(old, next, by, { minInSync: this.#minInSync });
    if (problem !== undefined) this.#world.fail("legal records", problem);
    this.#record = next;
    this.#checkMembers();
  }

  /** Every answered entry is on every disk of the set. */
  #checkMembers(): void {
    for (const [index, epoch] of this.#answered) this.#checkMember(index, epoch);
  }

  #checkMember(index: number, epoch: number): void {
    for (const { store } of this.#record.inSync) {
      const member = this.#stores.get(store);
      if (member === undefined || member.isLost) continue;
      const { image } = member.disk;
      if (image.base.index > index || image.epochAt(index) === epoch) continue;
      const has = image.epochAt(index) ?? "nothing";
      const what = `${epoch}.${index} was answered, ${store} is in sync and has ${has} there`;
      this.#world.fail("answers survive", what);
    }
  }
}
