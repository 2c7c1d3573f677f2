/**
 * Which node a call belongs to.
 *
 *   nothing known, or one node only → the addresses that were given (seeds), tried in turn
 *   a cluster                       → the leader of the key's partition
 *   a claim of a hot key            → one replica after the other, then as the others
 *   nobody knows the leader         → any node: it serves, or says who does
 *
 * The first call waits for nothing: it goes to a seed, and a node that does not lead says who does.
 * Whatever is sent again comes through here again, so that it follows the leaders.
 *
 * Must stay true: a single node is reached by the seeds alone, whatever it says of its address: it
 * may stand behind another one.
 */
import { partitionOf, type Topology__Output as TopologyMessage } from "@claimd/proto";
import { isAddress } from "./address.ts";
import type { Flow } from "./backlog.ts";
import type { Call } from "./call.ts";
import { Channel } from "./channel.ts";
import { Connection } from "./connection.ts";
import { Connections } from "./connections.ts";
import type { Counters } from "./counters.ts";
import type { Environment } from "./environment.ts";
import { ClaimdError } from "./errors.ts";
import { keyBytes } from "./key-bytes.ts";
import { Moves } from "./moves.ts";
import type { Routing, TurnedAway } from "./routing.ts";
import { Topology } from "./topology.ts";
import { TopologyWatch } from "./topology-watch.ts";
import type { TransportSecurity } from "./transport-security.ts";

export interface NodesNeeds {
  /** At least one. */
  readonly seeds: readonly string[];
  readonly security: TransportSecurity;
  readonly flow: Flow;
  readonly environment: Environment;
  /** From 0 up to 1, for jitter. */
  readonly fraction: () => number;
  readonly counters: Counters;
  /** A claim whose caller has given up was granted, or may have been. */
  readonly onLateGrant: (call: Call) => void;
  /** A stream was lost. */
  readonly onDisconnect: (error: ClaimdError) => void;
}

/** Nodes that a call is sent on to at once. Then it pauses: they may be about to agree. */
const MOST_HOPS = 3;
/** Streams to a node lost in a row after which another is asked who leads. */
const DOUBT_AFTER = 3;
/** For the last answers of a node that has left. */
const LAST_ANSWERS_MS = 1000;

export class Nodes {
  readonly #needs: NodesNeeds;
  /** The name of their connection. */
  readonly #seeds: string;
  readonly #topology = new Topology();
  readonly #connections: Connections;
  readonly #watch: TopologyWatch;
  /** Where the topology is, or was last, watched. */
  #watched: Connection | undefined;
  /** Several nodes were seen, or one that named another: their addresses can be relied on. */
  #isCluster = false;
  #awaitsRest = false;
  /** Of claims that any replica may answer. */
  #turn = 0;
  #closed: ClaimdError | undefined;

  constructor(needs: NodesNeeds) {
    this.#needs = needs;
    const { environment, fraction, security } = needs;
    const routing: Routing = {
      heard: () => {
        this.#watch.start();
      },
      lost: (at, error) => {
        this.#lost(at, error);
      },
      reroute: (calls, from) => this.#reroute(calls, from),
      redirect: (calls, from) => this.#redirect(calls, from),
    };
    this.#connections = new Connections(
      (addresses) =>
        new Connection({
          ...needs,
          channels: addresses.map((address) => new Channel(address, security)),
          routing,
        }),
    );
    this.#watch = new TopologyWatch({
      environment,
      fraction,
      open: (tries, listener) => {
        this.#watched = this.#nodeToWatch(tries);
        return this.#watched.watchTopology(listener, tries);
      },
      wanted: () => this.#connections.all.some((each) => each.isOpen || !each.isIdle),
      topology: (message) => {
        this.#adopt(message);
      },
    });
    this.#seeds = needs.seeds.join(" ");
    // Now, so that the first call finds it there.
    this.#connections.at(this.#seeds);
  }

  /** Nodes that a Session is open to. */
  get connected(): number {
    return this.#connections.open.length;
  }

  ask(call: Call): void {
    if (this.#closed === undefined) this.#nodeOf(call).ask(call);
    else call.refuse(this.#closed);
  }

  /** Ends a call for its caller. What it asked may happen all the same. */
  giveUp(call: Call, error: ClaimdError): void {
    if (call.keeper === undefined) call.refuse(error);
    else call.keeper.giveUp(call, error);
  }

  /** Ends with `error` what waits for others, now and from now on. */
  giveUpWaiting(error: ClaimdError): void {
    this.#connections.giveUpWaiting(error);
  }

  /** Resolves when nothing is queued, in flight or to be tried again. */
  idle(): Promise<void> {
    return this.#connections.idle();
  }

  /** Ends with `error` what is left, and everything asked later. */
  async close(error: ClaimdError): Promise<void> {
    this.#closed ??= error;
    this.#watch.close();
    await this.#connections.close(error);
  }

  #nodeOf(call: Call): Connection {
    if (!this.#isCluster || this.#topology.partitions === 0) {
      return this.#connections.at(this.#seeds);
    }
    const partition = this.#partitionOf(call);
    const address = this.#replicaFor(call, partition) ?? this.#topology.addressOf(partition);
    return address === undefined ? this.#anyNode(call.failures) : this.#connections.at(address);
  }

  /** The first time only: whoever does not know the answer names the leader. */
  #replicaFor({ command, hops, failures }: Call, partition: number): string | undefined {
    if (command.anyReplica !== true || hops + failures > 0) return undefined;
    const replicas = this.#topology.replicasOf(partition);
    return replicas[this.#turn++ % replicas.length];
  }

  #partitionOf(call: Call): number {
    if (call.partition === -1) {
      const { key, shape } = call.command;
      call.partition = partitionOf(shape.namespace, keyBytes(key), this.#topology.partitions);
    }
    return call.partition;
  }

  /** One that is there, if one is; another one for each turn. */
  #anyNode(turn: number): Connection {
    const connected = this.#connections.all.filter((each) => each.isConnected);
    return connected[turn % connected.length] ?? this.#connections.at(this.#nodeAt(turn));
  }

  /** Rather one that is there, and another one than before; by chance, so that watches spread. */
  #nodeToWatch(tries: number): Connection {
    const chance = this.#needs.fraction();
    const others = this.#connections.all.filter(
      (each) => each.isConnected && each !== this.#watched,
    );
    const other = tries === 0 ? others[Math.floor(chance * others.length)] : undefined;
    const choices = this.#topology.addresses.length + (tries === 0 ? 0 : 1);
    return other ?? this.#connections.at(this.#nodeAt(Math.floor(chance * choices)));
  }

  /** The nodes in turn; behind the last of them the seeds. */
  #nodeAt(turn: number): string {
    const { addresses } = this.#topology;
    return (this.#isCluster && addresses[turn % (addresses.length + 1)]) || this.#seeds;
  }

  #reroute(calls: readonly Call[], from: Connection): readonly Call[] {
    if (!this.#isCluster) return calls;
    const stay: Call[] = [];
    const moves = new Moves();
    for (const call of calls) {
      const to = this.#nodeOf(call);
      if (to === from) stay.push(call);
      else moves.add(to, call);
    }
    moves.make();
    return stay;
  }

  #redirect(calls: readonly TurnedAway[], from: Connection): readonly TurnedAway[] {
    const wait: TurnedAway[] = [];
    const moves = new Moves();
    for (const each of calls) {
      const { call } = each;
      const to = this.#nodeNamedBy(each);
      if (to === undefined || to === from || call.hops === MOST_HOPS) {
        call.hops = 0;
        wait.push(each);
      } else {
        call.hops++;
        this.#needs.counters.redirects++;
        moves.add(to, call);
      }
    }
    moves.make();
    return wait;
  }

  /** Undefined = who leads is not known, or not where. */
  #nodeNamedBy({ call, leader, epoch }: TurnedAway): Connection | undefined {
    if (leader !== "") this.#isCluster = true;
    let address = isAddress(leader) ? leader : undefined;
    if (this.#topology.partitions > 0) {
      const partition = this.#partitionOf(call);
      this.#topology.learn(partition, leader, epoch);
      address = this.#topology.addressOf(partition);
    }
    if (address !== undefined) return this.#connections.at(address);
    if (leader !== "") this.#watch.refresh();
    return undefined;
  }

  #adopt(message: TopologyMessage): void {
    const { counters } = this.#needs;
    const before = this.#topology.addresses;
    const adopted = this.#topology.adopt(message);
    if (adopted === "malformed") {
      counters.topologiesIgnored++;
      return;
    }
    counters.topologies++;
    if (this.#topology.nodes > 1) this.#isCluster = true;
    if (adopted === "changed") for (const each of this.#connections.all) each.rerouteQueued();
    for (const address of before) {
      if (!this.#topology.mayNeed(address)) this.#dropLater(address);
    }
    this.#connections.retire(
      (name) => this.#mayNeed(name),
      (connection) => {
        if (connection === this.#watched) this.#watch.moveOn();
        this.#restWhenIdle();
      },
    );
  }

  /** A node that stands still keeps its connections, and never answers what it was asked. */
  #dropLater(address: string): void {
    this.#needs.environment.setTimer(() => {
      if (this.#topology.mayNeed(address)) return;
      const gone = new ClaimdError("UNAVAILABLE", `the node at ${address} has left the cluster`);
      this.#connections.drop(address, gone);
    }, LAST_ANSWERS_MS);
  }

  /** The seeds are let go of once the nodes are known. */
  #mayNeed(name: string): boolean {
    const { addresses, partitions } = this.#topology;
    if (!this.#isCluster || partitions === 0) return true;
    return this.#topology.mayNeed(name) || (addresses.length === 0 && name === this.#seeds);
  }

  #lost(at: Connection, error: ClaimdError): void {
    this.#needs.onDisconnect(error);
    if (this.#isCluster && at.failures % DOUBT_AFTER === 0) this.#watch.refresh();
    this.#restWhenIdle();
  }

  /** The watch must not be what keeps the process alive. */
  #restWhenIdle(): void {
    if (this.#awaitsRest) return;
    this.#awaitsRest = true;
    void this.idle().then(() => {
      this.#awaitsRest = false;
      if (this.connected === 0) this.#watch.rest();
    });
  }
}
