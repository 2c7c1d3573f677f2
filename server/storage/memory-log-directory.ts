/**
 * Log files in memory for tests, with a disk's bad days on demand: failed and short writes, failed
 * syncs, no space, and a crash at any operation, after which what was not synced is gone, there,
 * or torn.
 *
 * Never kinder than a disk: bytes survive a crash for certain only after the write that carried
 * them resolved, names only after `sync` resolved.
 */
import { assert } from "../errors.ts";
import type { LogDirectory, LogFile } from "./log-file.ts";

const SECTOR_BYTES = 512;

interface Inode {
  /** What reads see. */
  cached: Buffer;
  /** What surely survives a crash. */
  durable: Buffer;
}

type NameChange = (names: Map<string, Inode>) => void;

function failure(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}

export class MemoryLogDirectory implements LogDirectory {
  readonly path = "memory:";
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  #unsynced: NameChange[] = [];
  #life = 0;
  #operations = 0;
  #crashAt = Number.POSITIVE_INFINITY;
  #crashed = false;
  #nextWrite: "ok" | "fails" | "short" | "unsynced" = "ok";
  #nextSyncFails = false;
  #held: Promise<void> = Promise.resolve();
  /** What may still be written; tests set it. */
  freeSpaceBytes = 2 ** 40;

  /** Operations that change something, since the beginning. */
  get operations(): number {
    return this.#operations;
  }

  get crashed(): boolean {
    return this.#crashed;
  }

  /** The next write of a file fails and leaves nothing. */
  failNextWrite(): void {
    this.#nextWrite = "fails";
  }

  /** The next write of a file takes half of the bytes. */
  shortNextWrite(): void {
    this.#nextWrite = "short";
  }

  /** The next sync fails: the directory's, or the one in a write, whose bytes are then seen. */
  failNextSync(): void {
    this.#nextWrite = "unsynced";
    this.#nextSyncFails = true;
  }

  /** Writes of files take until the function it gives is called. */
  holdWrites(): () => void {
    let release = (): void => undefined;
    this.#held = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  /** The operation of this number is begun and does not end; nothing works until `crash`. */
  crashAtOperation(number: number): void {
    this.#crashAt = number;
  }

  /**
   * Power off and on. `random` (0 to 1) decides for each unsynced name, size and sector: below a
   * half it is gone; `() => 0` loses everything unsynced, `() => 1` nothing, as SIGKILL does.
   */
  crash(random: () => number = () => 0): void {
    const survivors = this.#unsynced.filter(() => random() >= 0.5);
    for (const change of survivors) change(this.#durableNames);
    for (const inode of new Set(this.#durableNames.values())) {
      inode.durable = torn(inode, random);
      inode.cached = Buffer.from(inode.durable);
    }
    this.#names = new Map(this.#durableNames);
    this.#unsynced = [];
    this.#life += 1;
    this.#crashed = false;
    this.#crashAt = Number.POSITIVE_INFINITY;
    this.#nextWrite = "ok";
    this.#nextSyncFails = false;
  }

  /** A file's bytes as reads see them; writing into them is how tests damage a disk. */
  content(name: string): Buffer {
    return this.#inode(name).cached;
  }

  /** Puts a durable file there, whatever was there before. */
  put(name: string, content: Uint8Array): void {
    const inode = { cached: Buffer.from(content), durable: Buffer.from(content) };
    this.#names.set(name, inode);
    this.#durableNames.set(name, inode);
  }

  list(): Promise<string[]> {
    return this.#later(() => [...this.#names.keys()]);
  }

  create(name: string): Promise<LogFile> {
    return this.#later(() => {
      const crashes = this.#begin();
      if (this.#names.has(name)) throw failure("EEXIST", name);
      const inode = { cached: Buffer.alloc(0), durable: Buffer.alloc(0) };
      this.#change((names) => names.set(name, inode), crashes);
      return this.#file(inode);
    });
  }

  open(name: string): Promise<LogFile> {
    return this.#later(() => this.#file(this.#inode(name)));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#later(() => {
      const crashes = this.#begin();
      const inode = this.#inode(from);
      this.#change((names) => {
        names.delete(from);
        names.set(to, inode);
      }, crashes);
    });
  }

  remove(name: string): Promise<void> {
    return this.#later(() => {
      const crashes = this.#begin();
      this.#inode(name);
      this.#change((names) => names.delete(name), crashes);
    });
  }

  sync(): Promise<void> {
    return this.#later(() => {
      const crashes = this.#begin();
      if (crashes) throw this.#crash();
      if (this.#nextSyncFails) {
        this.#nextSyncFails = false;
        this.#nextWrite = "ok";
        throw failure("EIO", "sync of the directory");
      }
      this.#unsynced = [];
      this.#durableNames = new Map(this.#names);
    });
  }

  /** Like a disk: never before the caller's turn of the event loop has ended. */
  async #later<T>(operation: () => T): Promise<T> {
    await Promise.resolve();
    if (this.#crashed) throw failure("EIO", "the machine is off");
    return operation();
  }

  #inode(name: string): Inode {
    const inode = this.#names.get(name);
    if (inode === undefined) throw failure("ENOENT", name);
    return inode;
  }

  #begin(): boolean {
    this.#operations += 1;
    return this.#operations >= this.#crashAt;
  }

  #crash(): Error {
    this.#crashed = true;
    return failure("EIO", "the machine went off");
  }

  #change(change: NameChange, crashes: boolean): void {
    change(this.#names);
    this.#unsynced.push(change);
    if (crashes) throw this.#crash();
  }

  #file(inode: Inode): LogFile {
    const life = this.#life;
    let open = true;
    const use = <T>(operation: () => T): Promise<T> =>
      this.#later(() => {
        if (!open || life !== this.#life) throw failure("EBADF", "the file is closed");
        return operation();
      });
    return {
      write: async (bytes, position) => {
        await this.#held;
        await use(() => {
          this.#write(inode, bytes, position);
        });
      },
      read: (into, position) =>
        use(() => {
          const part = inode.cached.subarray(position, position + into.length);
          into.set(part);
          return part.length;
        }),
      size: () => use(() => inode.cached.length),
      close: () => {
        open = false;
        return Promise.resolve();
      },
    };
  }

  #write(inode: Inode, bytes: Uint8Array, position: number): void {
    const crashes = this.#begin();
    const outcome = this.#nextWrite;
    this.#nextWrite = "ok";
    if (outcome === "unsynced") this.#nextSyncFails = false;
    if (outcome === "fails") throw failure("EIO", "write");
    const growth = Math.max(0, position + bytes.length - inode.cached.length);
    if (growth > this.freeSpaceBytes) throw failure("ENOSPC", "no space left");
    this.freeSpaceBytes -= growth;
    if (outcome === "short") {
      inode.cached = written(inode.cached, bytes.subarray(0, bytes.length >>> 1), position);
      throw new Error("short write");
    }
    inode.cached = written(inode.cached, bytes, position);
    if (crashes) throw this.#crash();
    if (outcome === "unsynced") throw failure("EIO", "sync of a file");
    inode.durable = written(inode.durable, bytes, position);
  }
}

function written(content: Buffer, bytes: Uint8Array, position: number): Buffer {
  assert(position <= content.length, "log files have no holes");
  const end = position + bytes.length;
  const larger = end <= content.length ? content : Buffer.concat([content], end);
  larger.set(bytes, position);
  return larger;
}

/** What a crash leaves: each sector old, new, or new up to some byte. */
function torn(inode: Inode, random: () => number): Buffer {
  const { cached, durable } = inode;
  const grown = cached.length > durable.length && random() >= 0.5;
  const result = Buffer.concat([durable], grown ? cached.length : durable.length);
  for (let at = 0; at < result.length; at += SECTOR_BYTES) {
    const fresh = cached.subarray(at, Math.min(at + SECTOR_BYTES, result.length));
    if (fresh.equals(result.subarray(at, at + fresh.length))) continue;
    const fate = random();
    if (fate < 0.5) continue;
    const kept = fate < 0.75 ? Math.floor(random() * fresh.length) : fresh.length;
    fresh.copy(result, at, 0, kept);
  }
  return result;
}
