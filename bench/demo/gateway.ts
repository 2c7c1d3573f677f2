/**
 * The payment gateway: a web service that honours idempotency keys, as those of payment providers
 * do.
 *
 * Must stay true: one key, one line in the ledger, whoever asks and however often; later ones get
 * the receipt of the first. Counts what it was asked, so that the demo can say what really
 * happened.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Ledger } from "./ledger.ts";
import type { Order } from "./order.ts";

/** Around every charge; "stop" leaves the caller without an answer. */
export interface Interference {
  readonly beforeEffect: (consumer: number, order: Order) => "go on" | "stop" | "refuse";
  readonly afterEffect: (consumer: number, order: Order) => "go on" | "stop";
}

interface ChargeRequest {
  readonly consumer: number;
  readonly order: Order;
}

export class Gateway {
  readonly #ledger: Pick<Ledger, "append">;
  readonly #interference: Interference;
  readonly #server: Server;
  /** Of every key the receipt, or the promise of it: two at once must not both charge. */
  readonly #receipts = new Map<string, Promise<string>>();
  /** Effects that were attempted: charges that were asked for. */
  asked = 0;
  /** Turned away before anything happened; to be tried again. */
  refused = 0;
  /** Asked again with a key that had been charged: without the key, a second charge. */
  seenBefore = 0;

  constructor(ledger: Pick<Ledger, "append">, interference: Interference) {
    this.#ledger = ledger;
    this.#interference = interference;
    this.#server = createServer((request, response) => {
      this.#charge(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/charges`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #charge(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const idempotencyKey = String(request.headers["idempotency-key"]);
    const { consumer, order } = JSON.parse(await bodyOf(request)) as ChargeRequest;
    this.asked++;
    const before = this.#interference.beforeEffect(consumer, order);
    if (before === "stop") {
      response.destroy();
      return;
    }
    if (before === "refuse") {
      this.refused++;
      response.writeHead(503).end("come again");
      return;
    }
    let receipt = this.#receipts.get(idempotencyKey);
    if (receipt === undefined) {
      const number = `receipt-${this.#receipts.size + 1}`;
      receipt = this.#ledger.append({ ...order, idempotencyKey }).then(() => number);
      this.#receipts.set(idempotencyKey, receipt);
    } else {
      this.seenBefore++;
    }
    const text = await receipt;
    if (this.#interference.afterEffect(consumer, order) === "stop") response.destroy();
    else response.writeHead(200).end(text);
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}
