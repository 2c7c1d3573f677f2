/**
 * What turns say together: claimd against each peer at each number of callers.
 *
 * Where a peer was asked in several ways the better one counts at each number of callers, so that
 * claimd is never held against a peer's weaker side. A ratio is of two stores in turns of the same
 * number; told are the median of these ratios and the lowest and the highest.
 */
import { PEER_NAMES, PEERS, type PeerName, type StoreName } from "../peers/peer-names.ts";
import type { Turn } from "./compare-report.ts";
import type { ClosedMeasurement } from "./load.ts";
import { median } from "./median.ts";

export interface Compared {
  readonly peer: PeerName;
  readonly callers: number;
  readonly claimd: Middle;
  readonly rival: Middle & { readonly store: StoreName };
  /** Claims per second of claimd by those of the peer: more is better. */
  readonly rate: Ratio;
  /** p50 of claimd by that of the peer: less is better. */
  readonly p50: Ratio;
  /** In how many turns both were measured. */
  readonly turns: number;
}

export interface Ratio {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** Medians over the turns of one store. */
export interface Middle {
  readonly claimsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly serverCpuMicros: number;
  readonly clientCpuMicros: number;
}

type ByTurn = ReadonlyMap<number, ClosedMeasurement>;

export function compare(turns: readonly Turn[]): Compared[] {
  const all = turns.flatMap(({ measurements }) => measurements.map(({ callers }) => callers));
  const callers = [...new Set(all)].sort((a, b) => a - b);
  return PEER_NAMES.flatMap((peer) => callers.flatMap((each) => comparedAt(turns, peer, each)));
}

function comparedAt(turns: readonly Turn[], peer: PeerName, callers: number): Compared[] {
  const own = measurementsOf(turns, "claimd", callers);
  const [rival] = PEERS[peer].stores
    .map((store) => ({ store, measured: measurementsOf(turns, store, callers) }))
    .filter(({ measured }) => [...measured.keys()].some((turn) => own.has(turn)))
    .map((each) => ({ ...each, middle: middle(each.measured) }))
    .sort((a, b) => b.middle.claimsPerSecond - a.middle.claimsPerSecond);
  if (rival === undefined) return [];
  const pairs = [...own].flatMap(([turn, measured]) => {
    const against = rival.measured.get(turn);
    return against === undefined ? [] : [{ measured, against }];
  });
  const ratio = (value: (each: ClosedMeasurement) => number): Ratio => {
    const ratios = pairs.map(({ measured, against }) => value(measured) / value(against));
    return { median: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) };
  };
  return [
    {
      peer,
      callers,
      claimd: middle(own),
      rival: { store: rival.store, ...rival.middle },
      rate: ratio((each) => each.claimsPerSecond),
      p50: ratio((each) => each.latency.p50Ms),
      turns: pairs.length,
    },
  ];
}

function measurementsOf(turns: readonly Turn[], store: StoreName, callers: number): ByTurn {
  return new Map(
    turns.flatMap(({ turn, store: of, measurements }) => {
      const found = of === store && measurements.find((each) => each.callers === callers);
      return found === false || found === undefined ? [] : [[turn, found] as const];
    }),
  );
}

function middle(measured: ByTurn): Middle {
  const of = (value: (each: ClosedMeasurement) => number): number =>
    median([...measured.values()].map(value));
  return {
    claimsPerSecond: of((each) => each.claimsPerSecond),
    p50Ms: of((each) => each.latency.p50Ms),
    p99Ms: of((each) => each.latency.p99Ms),
    serverCpuMicros: of((each) => each.serverCpuMicrosPerClaim ?? Number.NaN),
    clientCpuMicros: of((each) => each.clientCpuMicrosPerClaim),
  };
}
