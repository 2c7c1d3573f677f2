/**
 * Claims in Postgres: a row for each key, whose primary key lets one insert win.
 *
 * One statement for each claim, pipelined over a few connections, each statement a transaction of
 * its own; or batched, as claimd's SDK does it by itself: whoever asks in the same moment shares
 * one statement.
 */
import { Client } from "pg";
import type { Target } from "../support/target.ts";
import { postgresConnection } from "./postgres.ts";
import { WINDOW_MS } from "./service.ts";

export interface PostgresAddress {
  readonly kind: "postgres";
  readonly port: number;
  readonly batched: boolean;
}

/** Measured best on two cores; pools of 8 to 64 without pipelining were slower by a half. */
const CONNECTIONS = 16;
/** As many as claimd takes in a batch. */
const BATCH = 1000;

const CLAIM = {
  name: "claim",
  text: `INSERT INTO claims (key, expires_at)
    VALUES ($1, now() + interval '${WINDOW_MS} ms') ON CONFLICT DO NOTHING`,
} as const;
const CLAIM_MANY = {
  name: "claim-many",
  text: `INSERT INTO claims (key, expires_at)
    SELECT key, now() + interval '${WINDOW_MS} ms' FROM unnest($1::text[]) AS asked (key)
    ON CONFLICT DO NOTHING RETURNING key`,
  rowMode: "array",
} as const;

export function openPostgres({ port, batched }: PostgresAddress): Target {
  return batched ? openBatched(port) : openSingle(port);
}

function openSingle(port: number): Target {
  const clients = Array.from(
    { length: CONNECTIONS },
    () => new Client({ ...postgresConnection(port), pipeline: true }),
  );
  const connected = Promise.all(clients.map((client) => client.connect()));
  // Whoever claims first is told; without a claim nobody asks.
  connected.catch(() => undefined);
  let isConnected = false;
  let turn = 0;
  const query = (key: string): Promise<unknown> => {
    turn = (turn + 1) % CONNECTIONS;
    const client = clients[turn];
    if (client === undefined) throw new RangeError(`no connection ${turn}`);
    return client.query({ ...CLAIM, values: [key] });
  };
  return {
    claim: (key) => {
      if (isConnected) return query(key);
      return connected.then(() => {
        isConnected = true;
        return query(key);
      });
    },
    isFirst: (answer) => (answer as { rowCount: number | null }).rowCount === 1,
    close: async () => {
      await connected;
      await Promise.all(clients.map((client) => client.end()));
    },
  };
}

interface Waiting {
  readonly key: string;
  readonly resolve: (first: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** One batch at a time: what is asked meanwhile is the next one. Two at once were slower. */
function openBatched(port: number): Target {
  const client = new Client(postgresConnection(port));
  const connected = client.connect();
  connected.catch(() => undefined);
  const waiting: Waiting[] = [];
  let atWork = false;

  const insert = async (batch: readonly Waiting[]): Promise<void> => {
    const values = [batch.map(({ key }) => key)];
    const { rows } = await client.query<[string]>({ ...CLAIM_MANY, values });
    const inserted = new Set(rows.map(([key]) => key));
    // Asked twice in one batch: the first of both has it.
    for (const { key, resolve } of batch) resolve(inserted.delete(key));
  };
  const work = async (): Promise<void> => {
    let batch: Waiting[] = [];
    try {
      await connected;
      while (waiting.length > 0) {
        batch = waiting.splice(0, BATCH);
        // In one order for everybody, or two processes with the same keys would deadlock.
        await insert(batch.sort((a, b) => (a.key < b.key ? -1 : 1)));
      }
    } catch (error) {
      for (const { reject } of [...batch, ...waiting.splice(0)]) reject(error);
    }
    atWork = false;
  };
  return {
    claim: (key) =>
      new Promise<boolean>((resolve, reject) => {
        waiting.push({ key, resolve, reject });
        if (atWork) return;
        atWork = true;
        setImmediate(() => void work());
      }),
    close: async () => {
      await connected;
      await client.end();
    },
  };
}
