/** The part of a report that says how claimd stands against its peers: every turn as measured. */
import type { ServiceName, StoreName } from "../peers/peer-names.ts";
import type { ClosedMeasurement } from "./load.ts";
import type { ReportHead } from "./report.ts";

/** A server that was up during all turns. */
export interface ComparedService {
  readonly service: ServiceName | "claimd";
  readonly title: string;
  readonly version: string;
  /** The npm package it was asked through, and its version. */
  readonly client: string;
  readonly settings: string;
  /** What an answered claim survives. */
  readonly durability: string;
  /** Put in before the first turn. */
  readonly keysBefore: number;
}

/** One store's turn. Numbers of turns that are the same were measured one after the other. */
export interface Turn {
  readonly turn: number;
  readonly store: StoreName;
  readonly measurements: readonly ClosedMeasurement[];
}

export interface CompareReport extends ReportHead {
  readonly kind: "compare";
  readonly services: readonly ComparedService[];
  readonly turns: readonly Turn[];
}
