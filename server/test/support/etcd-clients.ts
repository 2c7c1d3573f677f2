/**
 * Coordinators of a test on a real etcd: closed after each test, and what they log is kept.
 */
import { afterEach, beforeEach } from "vitest";
import { EtcdCoordinator, type EtcdSettings } from "../../cluster/etcd/etcd-coordinator.ts";

interface Line {
  readonly level: "warn" | "error";
  readonly details: object;
}

export class EtcdClients {
  readonly #lines: Line[] = [];
  readonly #opened: EtcdCoordinator[] = [];

  /** To be made outside of tests: it takes part in each. */
  constructor() {
    beforeEach(() => {
      this.#lines.length = 0;
    });
    afterEach(async () => {
      await Promise.all(this.#opened.splice(0).map((each) => each[Symbol.asyncDispose]()));
    });
  }

  /** Everything logged in this test so far. */
  get logged(): readonly string[] {
    return this.#lines.map((line) => JSON.stringify(line));
  }

  get errors(): readonly string[] {
    return this.logged.filter((line) => line.includes('"level":"error"'));
  }

  open(endpoints: readonly string[], settings: Partial<EtcdSettings> = {}): EtcdCoordinator {
    const say = (level: Line["level"]) => (details: object) => this.#lines.push({ level, details });
    const log = { warn: say("warn"), error: say("error") };
    const coordinator = new EtcdCoordinator({ endpoints, ...settings }, { log });
    this.#opened.push(coordinator);
    return coordinator;
  }
}
