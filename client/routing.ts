/**
 * What a connection asks of those who know the nodes: where a call belongs. Nothing in a connection
 * decides that.
 */
import type { Call } from "./call.ts";
import type { Connection } from "./connection.ts";
import type { ClaimdError } from "./errors.ts";

/** A call for which another node is to be asked. Nothing was decided. */
export interface TurnedAway {
  readonly call: Call;
  readonly error: ClaimdError;
  /** The leader, by id or address; empty = the node does not know. */
  readonly leader: string;
  readonly epoch: number;
}

export interface Routing {
  /** The first answer on a new stream has come. */
  heard(at: Connection): void;
  lost(at: Connection, error: ClaimdError): void;
  /** Hands over, of calls that are to be sent, those for other nodes; gives those that stay. */
  reroute(calls: readonly Call[], from: Connection): readonly Call[];
  /** Hands over calls to the nodes that were named; gives those that wait before they go on. */
  redirect(calls: readonly TurnedAway[], from: Connection): readonly TurnedAway[];
}
