/** A load against a node over all three ways to ask, and what follows a crash of it. */
import type { Command, Transport } from "./command.ts";
import { checkHistory } from "./check-history.ts";
import { byKey, type Call, type History, isOpen } from "./history.ts";
import { isForgetThatMayHaveWorked } from "./key-grants.ts";
import { LOAD_NAMESPACES, type Load, loadPolicy } from "./load.ts";
import type { Random } from "./seed.ts";
import type { TestNode } from "./test-node.ts";
import { batch, session, unary } from "./transports.ts";
import type { ClaimsClient } from "./wire.ts";

/** The server's clock follows the wall's, ours is monotonic. */
const SLACK_MS = 25;

export async function putLoadNamespaces(node: TestNode): Promise<void> {
  for (const { hold, ...namespace } of LOAD_NAMESPACES)
    await node.put({ ...namespace, onLeaseExpiry: hold === true ? "HOLD" : "RECLAIM" });
}

/** All three ways to ask; mostly sessions, which carry the most. */
export function transportsOf(claims: ClaimsClient, withinMs = 5000): Transport[] {
  const sessions = Array.from({ length: 5 }, () => session(claims, withinMs));
  return [...sessions, unary(claims, withinMs), batch(claims, withinMs)];
}

/**
 * After a restart: what had no answer is sent again, and so are some claims that had one, for the
 * checker to compare the answers.
 */
export async function sendAgain(
  node: TestNode,
  load: Load,
  history: History,
  random: Random,
): Promise<void> {
  const again = askedAgain(load, random);
  const transport = session(node.claims);
  const answers = await Promise.all(again.map((command) => history.ask(transport, command)));
  transport.close();
  const open = answers.filter(isOpen);
  if (open.length > 0) throw new Error(`no answer after the restart: ${JSON.stringify(open[0])}`);
}

/** What `sendAgain` sends; the load forgets what had no answer. */
export function askedAgain(load: Load, random: Random): readonly Command[] {
  const granted = load.granted.slice(-400);
  return [
    ...load.unanswered.splice(0),
    ...Array.from({ length: Math.min(100, granted.length) }, () => random.pick(granted)),
  ];
}

/** Everything that is wrong with what was answered so far. */
export const problemsOf = (history: Pick<History, "calls">): string[] =>
  checkHistory(history.calls, { policyOf: loadPolicy, slackMs: SLACK_MS });

/**
 * The same of a cluster: a member that is not in sync may not have heard of a Forget, and still say
 * COMPLETED. Nothing is granted by that, so those answers are left out.
 */
export function problemsOfCluster({ calls }: History): string[] {
  const told = [...byKey(calls).values()].flatMap((ofKey) => {
    const forgotten = ofKey.find(isForgetThatMayHaveWorked)?.invokedAtMs ?? Infinity;
    return ofKey.filter((call) => call.returnedAtMs < forgotten || !mayBeUnaware(call));
  });
  return problemsOf({ calls: told });
}

function mayBeUnaware({ command, answer }: Call): boolean {
  const isPlain = command.verb === "CLAIM" && command.complete !== true;
  return isPlain && answer?.kind === "claim" && answer.status === "COMPLETED";
}
