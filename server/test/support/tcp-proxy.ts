/**
 * A network that loses: passes bytes between clients and a server, and cuts connections on purpose.
 *
 * A cut is a reset of both sides at a moment of the proxy's choosing: after so many bytes of
 * request or of reply, so that some calls never arrive and others are done but never answered.
 * Half-open keeps a connection up and passes nothing: of everybody or of some clients, in both
 * directions or in one.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { within } from "./server-process.ts";
import type { Random } from "./seed.ts";

export interface ProxyFaults {
  /** Connections are cut after this many bytes, in either direction; drawn per connection. */
  readonly cutAfterBytes?: (random: Random) => number;
  /** Every chunk waits this long. */
  readonly delayMs?: (random: Random) => number;
}

/** Of the client with that port: whether what it sends, or what it is sent, is held back. */
export interface Hung {
  readonly requests: (clientPort: number) => boolean;
  readonly replies: (clientPort: number) => boolean;
}

export interface ProxyOptions extends ProxyFaults {
  /** Where it listens: any free port of 127.0.0.1 unless said otherwise. */
  readonly host?: string;
  readonly port?: number;
}

const NOTHING_HUNG: Hung = { requests: () => false, replies: () => false };

export class TcpProxy {
  readonly address: string;
  cuts = 0;
  #faults: ProxyFaults;
  #hung: Hung = NOTHING_HUNG;
  #target: string;
  readonly #server: Server;
  readonly #random: Random;
  /** Each with whether it is not to be read from. */
  readonly #sockets = new Map<Socket, () => boolean>();

  private constructor(server: Server, target: string, random: Random, faults: ProxyFaults) {
    this.#server = server;
    this.#target = target;
    this.#random = random;
    this.#faults = faults;
    const { address, port } = server.address() as AddressInfo;
    this.address = `${address}:${port}`;
    server.on("connection", (client) => {
      this.#pass(client);
    });
  }

  static async to(target: string, random: Random, options: ProxyOptions = {}): Promise<TcpProxy> {
    const { host = "127.0.0.1", port = 0, ...faults } = options;
    const server = createServer();
    server.listen(port, host);
    await once(server, "listening");
    return new TcpProxy(server, target, random, faults);
  }

  /** Where further connections go: a server that was started again has another port. */
  retarget(target: string): void {
    this.#target = target;
  }

  set faults(faults: ProxyFaults) {
    this.#faults = faults;
  }

  /** Passes nothing in either direction until set back; connections stay up. */
  set halfOpen(halfOpen: boolean) {
    this.hung = { requests: () => halfOpen, replies: () => halfOpen };
  }

  /** Asked for each connection now, and for each that is made later. */
  set hung(hung: Hung) {
    this.#hung = hung;
    for (const [socket, isHung] of this.#sockets) {
      if (isHung()) socket.pause();
      else socket.resume();
    }
  }

  /** Resets every connection now. */
  cutAll(): void {
    for (const socket of this.#sockets.keys()) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    this.cutAll();
    const closed = once(this.#server, "close");
    this.#server.close();
    await within(5000, () => "close of the proxy", closed);
  }

  #pass(client: Socket): void {
    const [host = "", port = ""] = this.#target.split(":");
    const server = connect(Number(port), host);
    let left = this.#faults.cutAfterBytes?.(this.#random) ?? Infinity;
    const cut = (): void => {
      client.resetAndDestroy();
      server.resetAndDestroy();
    };
    const { remotePort: clientPort = 0 } = client;
    const pipe = (from: Socket, to: Socket, what: keyof Hung): void => {
      const isHung = (): boolean => this.#hung[what](clientPort);
      this.#sockets.set(from, isHung);
      from.setNoDelay(true);
      from.on("data", (chunk) => {
        left -= chunk.length;
        if (left <= 0) {
          this.cuts += 1;
          cut();
          return;
        }
        const delayMs = this.#faults.delayMs?.(this.#random) ?? 0;
        if (delayMs === 0) to.write(chunk);
        else setTimeout(() => to.write(chunk), delayMs);
      });
      from.on("error", cut);
      from.on("close", () => {
        this.#sockets.delete(from);
        cut();
      });
      if (isHung()) from.pause();
    };
    pipe(client, server, "requests");
    pipe(server, client, "replies");
  }
}
