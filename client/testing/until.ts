/** Waits until something is so, and gives up after a while. */
const PATIENCE_MS = 10_000;

export async function until(condition: () => boolean): Promise<void> {
  const startMs = performance.now();
  while (!condition()) {
    if (performance.now() - startMs > PATIENCE_MS) {
      throw new Error(`not so after ${PATIENCE_MS} ms: ${condition.toString()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
