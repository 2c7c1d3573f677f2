/**
 * What a server tells of itself: its /metrics, read as a program reads them.
 *
 * Never guesses: a metric that the server does not tell is undefined, not 0.
 */

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

export class ServerMetrics {
  readonly #samples = new Map<string, Sample[]>();

  /** `text` in Prometheus' form. */
  constructor(text: string) {
    for (const line of text.split("\n")) {
      const [found, name = "", labels = "", value = ""] = LINE.exec(line) ?? [];
      if (found === undefined) continue;
      const pairs = [...labels.matchAll(LABEL)].map(
        ([, label = "", of = ""]) => [label, of] as const,
      );
      const samples = this.#samples.get(name) ?? [];
      samples.push({ labels: new Map(pairs), value: Number(value) });
      this.#samples.set(name, samples);
    }
  }

  /** The sum over all that have these labels; undefined when there is none. */
  sum(name: string, labels: Labels = {}): number | undefined {
    const wanted = Object.entries(labels);
    const found = (this.#samples.get(name) ?? []).filter((each) =>
      wanted.every(([label, value]) => each.labels.get(label) === value),
    );
    return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
  }

  /** Throws when the server does not tell it: nothing can be said without. */
  required(name: string, labels: Labels = {}): number {
    const value = this.sum(name, labels);
    if (value === undefined) throw new Error(`the server does not tell ${name}`);
    return value;
  }
}

/** `adminAddress` is host:port. */
export async function readServerMetrics(adminAddress: string): Promise<ServerMetrics> {
  const response = await fetch(`http://${adminAddress}/metrics`);
  if (!response.ok) throw new Error(`the server's metrics: HTTP ${response.status}`);
  return new ServerMetrics(await response.text());
}
