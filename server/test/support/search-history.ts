/**
 * Whether a short history of one key is possible at all: tries every order of its calls.
 *
 * Exponential, for a dozen calls: the judge that the fast checker is compared with.
 */
import type { Call } from "./history.ts";
import { ABSENT, type KeyState, saidBy, step } from "./key-model.ts";

/** The state after the call, or nothing when its answer contradicts the model. */
function apply(key: KeyState, { command, answer }: Call): KeyState | undefined {
  const { next, said, shows } = step(key, command);
  if (answer === undefined) return next;
  const { said: really, token } = saidBy(answer);
  if (said !== really) return undefined;
  if (!shows) return next;
  if (next.token !== 0) return next.token === token ? next : undefined;
  return token > next.above ? { ...next, token } : undefined;
}

export function isPossible(calls: readonly Call[]): boolean {
  const answered = calls.reduce((mask, { answer }, at) => mask | (answer ? 1 << at : 0), 0);
  const seen = new Set<string>();
  const search = (done: number, key: KeyState): boolean => {
    if ((done & answered) === answered) return true;
    const name = `${done} ${JSON.stringify(key)}`;
    if (seen.has(name)) return false;
    seen.add(name);
    const rest = calls.flatMap((call, at) => (done & (1 << at) ? [] : [{ call, at }]));
    const first = rest.reduce((least, { call }) => Math.min(least, call.returnedAtMs), Infinity);
    return rest.some(({ call, at }) => {
      if (call.invokedAtMs > first) return false;
      const next = apply(key, call);
      return next !== undefined && search(done | (1 << at), next);
    });
  };
  return search(0, ABSENT);
}
