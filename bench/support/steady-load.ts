/**
 * A closed loop of unique keys that goes on until it is told to stop, for whoever looks at what
 * else happens meanwhile.
 *
 * It is put on in short pieces, so that the oracle has judged all of it but the piece under way;
 * between two of them is only as long as the last answers take.
 */
import type { LoadGenerator } from "./generator.ts";
import type { MeasureOrder } from "./load.ts";

const PIECE_MS = 2000;

export class SteadyLoad {
  readonly #generator: LoadGenerator;
  readonly #ended: Promise<void>;
  #state: "on" | "stopping" | "abandoned" = "on";
  #begunAtMs = Number.POSITIVE_INFINITY;
  /** Resolves after the first piece: generator and client have been compiled by then. */
  readonly begun: Promise<void>;

  /** Begins at once; the generator is this load's own and ends with it. */
  constructor(generator: LoadGenerator, callers: number) {
    this.#generator = generator;
    const piece: MeasureOrder = {
      type: "measure",
      scenario: "unique",
      callers,
      restMs: 0,
      warmUpMs: 0,
      measureMs: PIECE_MS,
    };
    this.begun = generator.measure(piece).then(() => {
      this.#begunAtMs = performance.now();
    });
    this.#ended = this.#goOn(piece);
    // Whoever waits for it hears of it, in `stop`.
    this.#ended.catch(() => undefined);
  }

  /** From performance.now(); later than everything while it has not begun. */
  get begunAtMs(): number {
    return this.#begunAtMs;
  }

  /** Ends with the piece under way. Rejects when the store was wrong. */
  async stop(): Promise<void> {
    this.#state = "stopping";
    await this.#ended;
    await this.#generator.close();
  }

  /** Ends at once: the server is gone, and nothing is said of what was asked last. */
  async abandon(): Promise<void> {
    this.#state = "abandoned";
    await this.#generator.kill();
    await this.#ended.catch(() => undefined);
  }

  async #goOn(piece: MeasureOrder): Promise<void> {
    await this.begun;
    while (this.#state === "on") await this.#generator.measure(piece);
  }
}
