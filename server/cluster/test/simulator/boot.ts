/**
 * How a store becomes an incarnation (CLUSTER.md §2): the coordinator's nonce must be on this disk,
 * else it is not the disk that ran last. A fresh nonce is on disk before it is written there, and
 * nobody serves before its own was read back and is on disk as the one that counts.
 */
import { damagedRecord, type StoreRecord } from "../../store-record.ts";
import type { Coordinator, Versioned } from "./coordinator.ts";
import type { Disk } from "./disk.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

const AGAIN_MS = 20;

type Known = Versioned<StoreRecord | undefined>;

export class Boot {
  readonly #world: World;
  readonly #coordinator: Coordinator;
  readonly #process: Process;
  readonly #id: string;
  readonly #disk: Disk;
  readonly #onFailure: () => void;

  constructor(
    world: World,
    coordinator: Coordinator,
    process: Process,
    store: { readonly id: string; readonly disk: Disk },
    onFailure: () => void,
  ) {
    this.#world = world;
    this.#coordinator = coordinator;
    this.#process = process;
    this.#id = store.id;
    this.#disk = store.disk;
    this.#onFailure = onFailure;
  }

  /** `done` with the boot's number; never when the disk is not to be trusted. */
  run(done: (boot: number) => void): void {
    this.#read((known) => {
      const record = known.value;
      if (record?.state === "DAMAGED") return;
      if (record !== undefined && !this.#isDiskOf(record)) {
        const damaged = damagedRecord(record, "it is not the disk that ran last");
        this.#transact(known.revision, damaged, () => this.run(done));
        return;
      }
      const nonce = `${this.#id}#${this.#world.random.below(2 ** 30)}`;
      this.#write([...this.#disk.image.nonces, nonce], () => this.#become(known, nonce, done));
    });
  }

  #isDiskOf({ nonce, highWaterMark }: StoreRecord): boolean {
    const { nonces, writes } = this.#disk.image;
    return nonces.includes(nonce) && writes >= highWaterMark;
  }

  /** Sent again on the same revision until it is known what became of it. */
  #become(known: Known, nonce: string, done: (boot: number) => void): void {
    const boot = (known.value?.boot ?? 0) + 1;
    const highWaterMark = this.#disk.image.writes;
    const record: StoreRecord = {
      ...{ node: this.#id, zone: "", boot, nonce, highWaterMark },
      ...{ state: "ACTIVE", damage: "", draining: false },
    };
    this.#transact(known.revision, record, () => {
      this.#read((now) => {
        if (now.value?.nonce === nonce) this.#write([nonce], () => done(boot));
        else if (now.revision > known.revision) this.run(done);
        else this.#become(known, nonce, done);
      });
    });
  }

  #read(done: (known: Known) => void): void {
    this.#coordinator.readStore(this.#id, this.#id, (known) =>
      this.#process.input(() => {
        if (known === undefined) this.#process.after(AGAIN_MS, () => this.#read(done));
        else done(known);
      }),
    );
  }

  #transact(revision: number, record: StoreRecord, done: () => void): void {
    const store = { id: this.#id, revision, record };
    this.#coordinator.transact(this.#id, { store }, () =>
      this.#process.after(this.#world.between(0, AGAIN_MS), done),
    );
  }

  #write(nonces: readonly string[], done: () => void): void {
    const then = (): void => this.#process.input(done);
    this.#disk.write([{ type: "nonces", nonces }], then, this.#onFailure);
  }
}
