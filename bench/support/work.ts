/**
 * What asking means in each scenario: a key, a call to the target, and what its answer says to the
 * oracle. Loops take these three apart from each other, so that between the target's promise and
 * the loop stands no promise of ours.
 */
import type { ClaimScenario } from "../scenarios/claim-scenarios.ts";
import type { KeyChoice } from "../scenarios/key-choice.ts";
import { ClaimdTarget } from "./claimd-target.ts";
import { keyText, type KeyRun } from "./key-text.ts";
import type { Target } from "./target.ts";
import type { Winners } from "./winners.ts";

export interface Work {
  /** Each ask counts as so many claims. */
  readonly claimsPerAsk: number;
  next(): number;
  ask(key: number): Promise<unknown>;
  /** The answer, to the oracle. */
  note(key: number, answer: unknown): void;
  /** True when it says that the store had no room or no time: noted, and the load goes on. */
  noteUnanswered(key: number, error: unknown): boolean;
}

export interface WorkParts {
  readonly scenario: Pick<ClaimScenario, "ask" | "claimsPerAsk">;
  readonly choice: Pick<KeyChoice, "next">;
  readonly target: Target;
  readonly run: KeyRun;
  readonly winners: Winners;
}

export function workOf(parts: WorkParts): Work {
  const { scenario, choice, target, run, winners } = parts;
  const { claimsPerAsk } = scenario;
  return {
    claimsPerAsk,
    next: () => choice.next(),
    noteUnanswered: (key, error) => {
      if (target.isUnanswered?.(error) !== true) return false;
      for (let at = 0; at < claimsPerAsk; at++) winners.noteUnanswered(key + at);
      return true;
    },
    ...(scenario.ask === "claim"
      ? {
          ask: (key: number) => target.claim(keyText(run, key)),
          note: (key: number, answer: unknown) => {
            winners.note(key, target.isFirst?.(answer) ?? answer === true);
          },
        }
      : claimdWork(parts)),
  };
}

function claimdWork(parts: WorkParts): Pick<Work, "ask" | "note"> {
  const { scenario, target: given, run, winners } = parts;
  const target = claimdOf(given, scenario.ask);
  const note = (key: number, answer: unknown): void => {
    winners.note(key, answer === true);
  };
  switch (scenario.ask) {
    case "claim":
      throw new Error("a plain claim is every target's own");
    case "settle":
      return { ask: (key) => target.settle(keyText(run, key)), note };
    case "mixed":
      return { ask: (key) => target.mixed(keyText(run, key), key), note };
    case "unary":
      return { ask: (key) => target.unary(keyText(run, key)), note };
    case "wait":
      return {
        ask: (key) => target.waitForResult(keyText(run, key)),
        note: (key, waited) => {
          winners.note(key, waited === "first");
          if (waited === "first" || waited === "got the result") return;
          winners.noteWrong(`a duplicate of key ${key} ${String(waited)}`);
        },
      };
    case "batch":
      return {
        ask: (first) =>
          target.batch(
            Array.from({ length: scenario.claimsPerAsk }, (_, at) => keyText(run, first + at)),
          ),
        note: (first, answers) => {
          for (const [at, isFirst] of (answers as readonly boolean[]).entries()) {
            winners.note(first + at, isFirst);
          }
        },
      };
  }
}

function claimdOf(target: Target, ask: string): ClaimdTarget {
  if (target instanceof ClaimdTarget) return target;
  throw new Error(`only claimd knows what "${ask}" means`);
}

/** What must be there before anything is asked. */
export async function prepare(target: Target, scenario: Pick<ClaimScenario, "ask">): Promise<void> {
  if (scenario.ask === "mixed") await claimdOf(target, scenario.ask).makeMixedNamespaces();
}
