/**
 * What every peer's server is to a comparison: started on free ports and a folder of its own, with
 * its settings and its durability in words, ended without a trace.
 *
 * Debian starts some of them on their standard ports: those are left alone.
 */
import type { Belongings } from "../support/belongings.ts";

export interface Service {
  readonly title: string;
  /** What has to be installed. */
  readonly program: string;
  /** The npm package its users ask it through. */
  readonly client: string;
  /** What is set and matters; everything else is as it comes. */
  readonly settings: string;
  /** What an answered claim survives. */
  readonly durability: string;
  /** More keys than this are not put in before: they would take minutes. */
  readonly mostKeysBefore: number;
  /** As the program calls itself; undefined where it is not installed. */
  version(): string | undefined;
  start(belongings: Belongings, parentDirectory: string): Promise<RunningService>;
}

export interface RunningService {
  /** Of the process whose children, if any, do the work. */
  readonly pid: number;
  readonly port: number;
  /** So many keys of the usual length, by a way quicker than a call for each; tells how many. */
  fill?(keys: number, onProgress: (done: number) => void): Promise<void>;
  /** Ended in order, and its folder removed. */
  stop(): Promise<void>;
}

/** As claimd remembers a key by default. */
export const WINDOW_MS = 24 * 60 * 60 * 1000;

export const HOST = "127.0.0.1";
