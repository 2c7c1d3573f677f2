/**
 * The spare: a segment prepared in the background, so that the journal can always go on.
 *
 *     none → preparing → ready → taken → none
 *               └ failed (no space, bad disk): again after a pause
 *
 * Never holds truth: its bytes are zeros until the journal takes it, so a failure here costs
 * nothing but time. While none is ready the node grants nothing (DISK_FULL), and goes on by itself
 * when there is space again.
 */
import { setTimeout as pause } from "node:timers/promises";
import { ClaimdError } from "../errors.ts";
import type { JournalLog } from "./journal-log.ts";
import type { LogDirectory, LogFile } from "./log-file.ts";
import { makeSegmentFile, SPARE_NAME } from "./segment-file.ts";

interface Taker {
  readonly resolve: (file: LogFile) => void;
  readonly reject: (error: Error) => void;
}

export class SegmentSpare {
  readonly #directory: LogDirectory;
  readonly #segmentBytes: number;
  readonly #retryMs: number;
  readonly #log: JournalLog;
  readonly #closing = new AbortController();
  #file: LogFile | undefined;
  #taker: Taker | undefined;
  #working: Promise<void> = Promise.resolve();
  #failing = false;

  constructor(directory: LogDirectory, segmentBytes: number, retryMs: number, log: JournalLog) {
    this.#directory = directory;
    this.#segmentBytes = segmentBytes;
    this.#retryMs = retryMs;
    this.#log = log;
  }

  get ready(): boolean {
    return this.#file !== undefined;
  }

  /** The last attempt failed: who asks for the spare now may wait for long. */
  get failing(): boolean {
    return this.#failing;
  }

  /** Prepares one. Resolves after the first attempt; if that failed, others follow. */
  async prepare(): Promise<void> {
    const first = this.#attempt();
    this.#working = first.then((done) => (done ? undefined : this.#retry()));
    await first;
  }

  /** The file, still under SPARE_NAME; waits until there is one. One caller at a time. */
  take(): Promise<LogFile> {
    return new Promise((resolve, reject) => {
      this.#taker = { resolve, reject };
      if (this.#closing.signal.aborted) this.#refuse();
      else this.#handOver();
    });
  }

  /** Idempotent. The file stays; the next start removes it. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#refuse();
    await this.#working;
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  #handOver(): void {
    if (this.#file === undefined || this.#taker === undefined) return;
    this.#taker.resolve(this.#file);
    this.#file = undefined;
    this.#taker = undefined;
  }

  #refuse(): void {
    this.#taker?.reject(new ClaimdError("JOURNAL_FAILED", "the journal is closed"));
    this.#taker = undefined;
  }

  async #retry(): Promise<void> {
    do {
      try {
        await pause(this.#retryMs, undefined, { signal: this.#closing.signal });
      } catch {
        return; // closing
      }
    } while (!(await this.#attempt()));
  }

  /** False when it is worth trying again. */
  async #attempt(): Promise<boolean> {
    if (this.#closing.signal.aborted) return true;
    try {
      // What an earlier attempt or an earlier life left behind.
      if ((await this.#directory.list()).includes(SPARE_NAME)) {
        await this.#directory.remove(SPARE_NAME);
      }
      this.#file = await makeSegmentFile(
        this.#directory,
        SPARE_NAME,
        new Uint8Array(0),
        this.#segmentBytes,
      );
      this.#failing = false;
      this.#handOver();
      return true;
    } catch (error) {
      this.#failing = true;
      this.#log.warn({ error, retryMs: this.#retryMs }, "no spare journal segment: trying again");
      return false;
    }
  }
}
