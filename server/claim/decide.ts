/**
 * What a command means for a key: the heart of claimd, one pure function.
 *
 * Asks the world for nothing: record, command and circumstances come in, a reply and the record
 * that now stands go out. The same function runs in the node, in the tests and in the simulator. It
 * never changes what it is given: a record may be shared with a journal that is being written.
 *
 *                   absent     running      lapsed         RELEASED       COMPLETED  FAILED   HELD
 *   claim, own      GRANTED    same GRANTED same GRANTED   refused        COMPLETED  FAILED   HELD
 *   claim, other    GRANTED    IN_PROGRESS  GRANTED + 1,   GRANTED + 1,   COMPLETED  FAILED   HELD
 *                                           EXHAUSTED,HELD EXHAUSTED
 *   Complete, own   NOT_FOUND  APPLIED      APPLIED, late  STALE_OWNER    ALREADY_   STALE_   late
 *                                                                         APPLIED    OWNER
 *   Fail, own       NOT_FOUND  APPLIED      APPLIED, late  the same outcome again ALREADY_APPLIED;
 *                                                          another one APPLIED, late on HELD only
 *   Extend, own     NOT_FOUND  APPLIED      APPLIED        STALE_OWNER in every settled state
 *   settle, other   NOT_FOUND  STALE_OWNER in every state
 *   Resolve         NOT_FOUND  STALE_OWNER unless the next claim is answered HELD or EXHAUSTED
 *   Forget          removes in every state the grant that it names
 *
 * "late" is APPLIED, late. The first two rows need more than a cell: decide-claim.ts.
 *
 * I1  At most one claim id is granted per key and attempt; a new grant before the window ends comes
 *     only after release, lapse under RECLAIM, Forget or Resolve. A claim id that held an attempt
 *     never gets a further one.
 * I2  Only the newest claim id settles or extends.
 * I3  A settled result never changes within its window.
 * I4  Fencing tokens grow per key.
 * I5  No new grant before the lease or the window is over by `turn.nowMs`.
 */

import { unreachable } from "../errors.ts";
import type { ClaimRecord } from "../storage/claim-record.ts";
import type { Command } from "./command.ts";
import { decideClaim } from "./decide-claim.ts";
import { decideForget, decideGet, decideResolve } from "./decide-operator.ts";
import { decideComplete, decideExtend, decideFail } from "./decide-settle.ts";
import type { Decision, Turn } from "./decision.ts";
import { forgottenAtMs } from "./views.ts";

/**
 * `stored` may be over: the key is absent then, whenever its bytes go. Who is told so removes it:
 * a later leader with a slower clock, or the grace after an outage, must not bring it back.
 */
export function decide(stored: ClaimRecord | undefined, command: Command, turn: Turn): Decision {
  if (stored === undefined || turn.nowMs < forgottenAtMs(stored, turn)) {
    return decideLive(stored, command, turn);
  }
  const { reply, write } = decideLive(undefined, command, turn);
  const saysSo = write === undefined && reply.type !== "refused";
  return { reply, write: saysSo ? "removed" : write };
}

function decideLive(record: ClaimRecord | undefined, command: Command, turn: Turn): Decision {
  switch (command.type) {
    case "claim":
      return decideClaim(record, command, turn);
    case "complete":
      return decideComplete(record, command, turn);
    case "fail":
      return decideFail(record, command, turn);
    case "extend":
      return decideExtend(record, command, turn);
    case "get":
      return decideGet(record, turn);
    case "forget":
      return decideForget(record, command);
    case "resolve":
      return decideResolve(record, command, turn);
    default:
      return unreachable(command);
  }
}
