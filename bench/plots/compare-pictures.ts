/** claimd against its peers: the same work in turns, with what the turns differ by. */
import { PEERS, type PeerName, PEER_NAMES, type StoreName } from "../peers/peer-names.ts";
import type { CompareReport, Turn } from "../support/compare-report.ts";
import { type Compared, compare, type Ratio } from "../support/comparison.ts";
import { GOALS, type Goal } from "../support/goals.ts";
import type { ClosedMeasurement } from "../support/load.ts";
import { lineChart, panelChart } from "./chart.ts";
import { callersAxis, RATE } from "./closed-pictures.ts";
import { times } from "./number-text.ts";
import type { Level, Panel, Series } from "./panel.ts";
import { percentileChart, percentileCurve } from "./percentile-curve.ts";
import { callersText, distinct, type Picture, sourceLines } from "./picture.ts";
import type { Axis } from "./scale.ts";

const TIMES: Axis = { label: "", scale: "linear", text: times, include: [0, 1] };
const PLOT_HEIGHT = 160;

export function comparePictures(report: CompareReport): readonly Picture[] {
  const compared = compare(report.turns);
  if (compared.length === 0) return [];
  return [throughput(report, compared), ratios(report, compared), latencies(report, compared)];
}

/** claimd is always the first colour, and each peer has its own whoever else is there. */
const lookOfPeer = (peer: PeerName): number => PEER_NAMES.indexOf(peer) + 1;
const peersOf = (compared: readonly Compared[]): readonly PeerName[] =>
  distinct(compared.map(({ peer }) => peer));

function throughput(report: CompareReport, compared: readonly Compared[]): Picture {
  const { turns } = report;
  const series = [
    {
      name: "claimd",
      look: 0,
      at: uniqueByCallers(compared).map((each) => [each, "claimd"] as const),
    },
    ...peersOf(compared).map((peer) => ({
      name: PEERS[peer].title,
      look: lookOfPeer(peer),
      at: compared
        .filter((each) => each.peer === peer)
        .map((each) => [each, each.rival.store] as const),
    })),
  ].map(
    ({ name, look, at }): Series => ({
      name,
      look,
      points: at.map(([each, store]) => [
        each.callers,
        (store === "claimd" ? each.claimd : each.rival).claimsPerSecond,
      ]),
      spread: at.map(([{ callers }, store]) => {
        const rates = measuredOf(turns, store, callers).map((each) => each.claimsPerSecond);
        return [callers, Math.min(...rates), Math.max(...rates)];
      }),
    }),
  );
  const title = "Claims per second against others";
  const subtitle = `Closed loop, unique keys; ${turnsText(report)}`;
  const x = callersAxis(compared.map(({ callers }) => callers));
  const source = sourceLines(report);
  const svg = lineChart({ title, subtitle, source, x, y: RATE, series });
  return { name: "callers", title, svg };
}

function ratios(report: CompareReport, compared: readonly Compared[]): Picture {
  const panels = peersOf(compared).flatMap((peer): readonly Panel[] => {
    const own = compared.filter((each) => each.peer === peer);
    const callers = own.map((each) => each.callers);
    const x = callersAxis(callers);
    const panel = (what: Goal["what"], of: (each: Compared) => Ratio): Panel => ({
      heading: `${what} against ${PEERS[peer].title}${what === "p50" ? ": less is better" : ""}`,
      x,
      y: TIMES,
      series: [ratioLine(own, of)],
      levels: levelsOf(
        GOALS.filter((goal) => goal.peer === peer && goal.what === what),
        callers,
      ),
    });
    const rate = panel("claims/s", (each) => each.rate);
    const p50 = panel("p50", (each) => each.p50);
    return p50.levels?.length === 0 ? [rate] : [rate, p50];
  });
  const title = "claimd against each peer";
  const subtitle = `Closed loop, unique keys, ratios within a turn; ${turnsText(report)}`;
  const chart = { title, subtitle, source: sourceLines(report) };
  const svg = panelChart({ ...chart, panels, columns: 2, plotHeight: PLOT_HEIGHT });
  return { name: "ratios", title, svg };
}

function ratioLine(compared: readonly Compared[], of: (each: Compared) => Ratio): Series {
  return {
    name: "",
    points: compared.map((each) => [each.callers, of(each).median]),
    spread: compared.map((each) => [each.callers, of(each).lowest, of(each).highest]),
  };
}

/** So far to both sides of its number of callers a mark reaches: about a third of a doubling. */
const REACH = 1.3;

function levelsOf(goals: readonly Goal[], callers: readonly number[]): readonly Level[] {
  const measured = goals.filter((goal) => callers.includes(goal.callers));
  if (measured.length === 0) return [];
  return (["floor", "goal"] as const).map((kind) => ({
    kind,
    stretches: measured.map((goal) => [goal.callers / REACH, goal.callers * REACH, goal[kind]]),
  }));
}

function latencies(report: CompareReport, compared: readonly Compared[]): Picture {
  const sets = uniqueByCallers(compared).map(({ callers }) => ({
    heading: callersText(callers),
    series: [
      { name: "claimd", look: 0, store: "claimd" as const },
      ...compared
        .filter((each) => each.callers === callers)
        .map(({ peer, rival }) => ({
          name: PEERS[peer].title,
          look: lookOfPeer(peer),
          store: rival.store,
        })),
    ].map(({ name, look, store }) => {
      const middle = middleOf(measuredOf(report.turns, store, callers));
      return { name, look, points: middle === undefined ? [] : percentileCurve(middle) };
    }),
  }));
  const title = "Latency against others";
  const subtitle = "Closed loop, unique keys; of each store's turns the one with the middle rate";
  const svg = percentileChart({ title, subtitle, source: sourceLines(report) }, sets);
  return { name: "latency", title, svg };
}

/** One for each number of callers, whoever the peer is: for what is said of claimd. */
function uniqueByCallers(compared: readonly Compared[]): readonly Compared[] {
  const byCallers = new Map(compared.map((each) => [each.callers, each]));
  return [...byCallers.values()].sort((a, b) => a.callers - b.callers);
}

function measuredOf(
  turns: readonly Turn[],
  store: StoreName,
  callers: number,
): readonly ClosedMeasurement[] {
  return turns
    .filter((turn) => turn.store === store)
    .flatMap(({ measurements }) => measurements.filter((each) => each.callers === callers));
}

function middleOf(measured: readonly ClosedMeasurement[]): ClosedMeasurement | undefined {
  return measured.toSorted((a, b) => a.claimsPerSecond - b.claimsPerSecond)[measured.length >> 1];
}

function turnsText({ turns }: CompareReport): string {
  const count = distinct(turns.map(({ turn }) => turn)).length;
  if (count === 1) return "one turn";
  return `medians of ${count} turns, whiskers from the least to the most`;
}
