/**
 * What stands between one pair of axes. How it is drawn is panel-drawing.ts, where it stands is
 * chart-layout.ts.
 */
import type { Axis, Scale } from "./scale.ts";

export type Point = readonly [x: number, y: number];

export interface Series {
  /** Empty where the panel's heading says it all. */
  readonly name: string;
  /** In the order in which the line goes through them. */
  readonly points: readonly Point[];
  /** From where to where the values went whose middle stands at x. */
  readonly spread?: readonly (readonly [x: number, low: number, high: number])[];
  /** Which of the points are drawn hollow; the panel says what that means. */
  readonly hollow?: (point: Point) => boolean;
  /** Its place in the palette, where it isn't that in the list. */
  readonly look?: number;
  /** Which points have a mark; without it all have, unless they are too many. */
  readonly marked?: (point: Point) => boolean;
  readonly dashed?: boolean;
}

/** What is to be reached, which may be from above: a line for each stretch it holds on. */
export interface Level {
  readonly kind: "floor" | "goal";
  readonly stretches: readonly (readonly [fromX: number, toX: number, y: number])[];
}

export interface Panel {
  /** Above it; without one the name of the y axis stands there. */
  readonly heading?: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  readonly levels?: readonly Level[];
  readonly hollowMeans?: string;
  /** Stretches of x that were different from the others, and why. */
  readonly bands?: {
    readonly name: string;
    readonly kind: "trouble" | "phase";
    readonly stretches: readonly (readonly [number, number])[];
  };
}

/** A panel that has its place; everything is in pixels of the whole picture. */
export interface Plot {
  readonly panel: Panel;
  readonly x: Scale;
  readonly y: Scale;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** Names stand at the right ends of the lines. */
  readonly named: boolean;
}
