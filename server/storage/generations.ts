/**
 * The generations that exist, what each namespace has in them, and their filters.
 *
 * A look-up asks those of a namespace that can still hold a live record. After an outage leases
 * that ran at its beginning count as running for a while more, and are remembered for their window
 * behind that: what was live then is kept and looked at as much longer.
 *
 * S3  A generation is retired only when nothing in it can be live; from then on it is not looked
 *     at.
 * Counts are stored records, expired ones included, exact at every turn: LevelDB gets them in the
 * same batch as the records they count.
 */
import { classOf, droppableAtMs, firstRunOf, type GenerationId, runOf } from "./generation.ts";
import { GenerationFilter } from "./generation-filter.ts";
import { keptOverMs } from "./kept-over.ts";
import type { Outage } from "./outage.ts";
import { RUN_KEYS, runCapacity, type RunKeys, SliceRuns } from "./slice-runs.ts";

/** What a namespace has in a generation. */
export interface Count {
  readonly generation: Generation;
  readonly namespaceId: number;
  records: number;
  /** Of keys and values. */
  bytes: number;
  /** The layer that will bring it to LevelDB. */
  touchedBy: object | undefined;
  /** Not looked at any more, to be dropped. */
  retired: boolean;
}

export interface Generation {
  readonly id: GenerationId;
  readonly filter: GenerationFilter;
  readonly counts: Map<number, Count>;
  /** Of all namespaces. */
  records: number;
  /** Records that will stand here once they are committed. */
  expected: number;
}

/** What a start found in LevelDB. */
export interface FoundCount {
  readonly generation: GenerationId;
  readonly namespaceId: number;
  readonly records: number;
  readonly bytes: number;
}

/** Of generations that take no further key; undefined where it has to be rebuilt. */
export type KeptFilters = ReadonlyMap<GenerationId, GenerationFilter | undefined>;

interface LookUp {
  readonly untilMs: number;
  readonly generations: readonly Generation[];
  readonly filters: readonly GenerationFilter[];
}

export interface Totals {
  records: number;
  bytes: number;
}

const NOTHING: Readonly<Totals> = { records: 0, bytes: 0 };

export class Generations {
  readonly #byId = new Map<GenerationId, Generation>();
  readonly #byNamespace = new Map<number, Map<GenerationId, Generation>>();
  readonly #totals = new Map<number, Totals>();
  readonly #lookUps = new Map<number, LookUp>();
  readonly #runs = new SliceRuns<Generation>();
  readonly #slackMs: number;
  readonly #outage: Outage | undefined;
  readonly #runKeys: RunKeys;

  constructor(slackMs: number, outage: Outage | undefined, runKeys = RUN_KEYS) {
    this.#slackMs = slackMs;
    this.#outage = outage;
    this.#runKeys = runKeys;
  }

  get size(): number {
    return this.#byId.size;
  }

  all(): readonly Generation[] {
    return [...this.#byId.values()];
  }

  get(id: GenerationId): Generation | undefined {
    return this.#byId.get(id);
  }

  /**
   * What a start found, all of it at once. Those in `kept` take no further key; filters that are
   * not in it have to be rebuilt.
   */
  found(counts: Iterable<FoundCount>, kept: KeptFilters = new Map()): void {
    const all = [...counts].sort((a, b) => a.generation - b.generation);
    const records = new Map<GenerationId, number>();
    for (const each of all) {
      records.set(each.generation, (records.get(each.generation) ?? 0) + each.records);
    }
    for (const { generation: id, namespaceId, records: counted, bytes } of all) {
      if (!this.#byId.has(id)) {
        const capacity = Math.max(records.get(id) ?? 0, this.#capacity(id));
        const filter = kept.get(id) ?? new GenerationFilter(capacity, false);
        const generation = this.#begin(id, filter);
        if (kept.has(id)) this.#runs.close(generation);
      }
      this.#change(this.#count(id, namespaceId), counted, bytes);
    }
  }

  /**
   * Where a record goes: into the run of the slice where it stands already, else into the one that
   * takes new keys (slice-runs.ts).
   */
  place(slice: GenerationId, previous: GenerationId): GenerationId {
    const stands = previous !== 0 && firstRunOf(previous) === slice;
    return stands ? previous : this.#runs.next(slice);
  }

  /** A record will stand here, unless it is cut: it is looked for from now on. */
  expect(id: GenerationId, namespaceId: number, hashA: number, hashB: number): void {
    const { generation } = this.#count(id, namespaceId);
    generation.expected += 1;
    generation.filter.add(hashA, hashB);
  }

  /** It came, or will not come. Nothing where the generation has been retired meanwhile. */
  expectNoMore(id: GenerationId): void {
    const generation = this.#byId.get(id);
    if (generation !== undefined) generation.expected -= 1;
  }

  /** One more record stands in the generation. */
  add(generation: GenerationId, namespaceId: number, bytes: number): Count {
    const count = this.#count(generation, namespaceId);
    this.#change(count, 1, bytes);
    return count;
  }

  /** One fewer; undefined when the generation has been retired meanwhile. */
  remove(generation: GenerationId, namespaceId: number, bytes: number): Count | undefined {
    const count = this.#byId.get(generation)?.counts.get(namespaceId);
    if (count !== undefined) this.#change(count, -1, -bytes);
    return count;
  }

  /** Those that no further key goes into. */
  closed(): readonly Generation[] {
    return this.all().filter((each) => each.expected === 0 && this.#runs.isClosed(each));
  }

  /** What the namespace has in all its generations. */
  totals(namespaceId: number): Readonly<Totals> {
    return this.#totals.get(namespaceId) ?? NOTHING;
  }

  /**
   * Where a live record of the namespace may stand: whatever is not over, so that a write always
   * finds the record that it replaces. Newest first, within a class.
   */
  live(namespaceId: number, nowMs: number): readonly Generation[] {
    return this.#lookUp(namespaceId, nowMs).generations;
  }

  /** Their filters, in the same order. */
  filters(namespaceId: number, nowMs: number): readonly GenerationFilter[] {
    return this.#lookUp(namespaceId, nowMs).filters;
  }

  /** Whether nothing in the generation can be live. */
  isOver(generation: GenerationId, nowMs: number): boolean {
    return nowMs >= this.#overAtMs(generation);
  }

  /** Takes out what is over: not looked up any more, to be dropped. */
  retireOver(nowMs: number): readonly Count[] {
    const over = this.all().filter(({ id }) => this.isOver(id, nowMs));
    this.#runs.forget((slice) => this.isOver(slice, nowMs));
    return this.#retire(over.flatMap(({ counts }) => [...counts.values()]));
  }

  /** Takes out a deleted namespace. */
  retireNamespace(namespaceId: number): readonly Count[] {
    const generations = [...(this.#byNamespace.get(namespaceId)?.values() ?? [])];
    const counts = generations.flatMap((each) => each.counts.get(namespaceId) ?? []);
    this.#retire(counts);
    this.#totals.delete(namespaceId);
    this.#lookUps.delete(namespaceId);
    return counts;
  }

  #retire(counts: readonly Count[]): readonly Count[] {
    for (const count of counts) {
      this.#change(count, -count.records, -count.bytes, false);
      const { generation, namespaceId } = count;
      count.retired = true;
      generation.counts.delete(namespaceId);
      if (generation.counts.size === 0) {
        this.#byId.delete(generation.id);
        this.#runs.close(generation);
      }
      const others = this.#byNamespace.get(namespaceId);
      others?.delete(generation.id);
      if (others?.size === 0) this.#byNamespace.delete(namespaceId);
      this.#lookUps.delete(namespaceId);
    }
    return counts;
  }

  #lookUp(namespaceId: number, nowMs: number): LookUp {
    const known = this.#lookUps.get(namespaceId);
    if (known !== undefined && nowMs < known.untilMs) return known;
    const generations = [...(this.#byNamespace.get(namespaceId)?.values() ?? [])]
      .filter(({ id }) => !this.isOver(id, nowMs))
      .sort((a, b) => b.id - a.id);
    const untilMs = Math.min(...generations.map(({ id }) => this.#overAtMs(id)));
    const lookUp = { untilMs, generations, filters: generations.map(({ filter }) => filter) };
    this.#lookUps.set(namespaceId, lookUp);
    return lookUp;
  }

  /** From when on nothing in the generation can be live. */
  #overAtMs(generation: GenerationId): number {
    const overAtMs = droppableAtMs(generation, this.#slackMs);
    return keptOverMs(classOf(generation), overAtMs, this.#outage);
  }

  /** How many keys a run is for that begins now. */
  #capacity(id: GenerationId): number {
    let before = 0;
    for (const each of this.#byId.values()) {
      if (each.id < id && firstRunOf(each.id) === firstRunOf(id)) before += each.records;
    }
    return runCapacity(this.#runKeys, runOf(id), before);
  }

  #begin(id: GenerationId, filter: GenerationFilter): Generation {
    const generation = { id, filter, counts: new Map<number, Count>(), records: 0, expected: 0 };
    this.#byId.set(id, generation);
    this.#runs.add(generation);
    return generation;
  }

  #count(id: GenerationId, namespaceId: number): Count {
    const generation =
      this.#byId.get(id) ?? this.#begin(id, new GenerationFilter(this.#capacity(id), true));
    let count = generation.counts.get(namespaceId);
    if (count === undefined) {
      const none = { records: 0, bytes: 0, touchedBy: undefined, retired: false };
      count = { generation, namespaceId, ...none };
      generation.counts.set(namespaceId, count);
      let generations = this.#byNamespace.get(namespaceId);
      if (generations === undefined) {
        generations = new Map();
        this.#byNamespace.set(namespaceId, generations);
      }
      generations.set(id, generation);
      this.#lookUps.delete(namespaceId);
    }
    return count;
  }

  #change(count: Count, records: number, bytes: number, keep = true): void {
    let totals = this.#totals.get(count.namespaceId);
    if (totals === undefined) {
      totals = { records: 0, bytes: 0 };
      this.#totals.set(count.namespaceId, totals);
    }
    totals.records += records;
    totals.bytes += bytes;
    count.generation.records += records;
    if (!keep) return;
    count.records += records;
    count.bytes += bytes;
  }
}
