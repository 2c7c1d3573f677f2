/**
 * What a series looks like: its colour and the shape of its marks, by its place in the palette.
 *
 * A series that is the same thing in two pictures is given the same place, so that it looks the
 * same; places behind the last colour begin again, dashed.
 */
import { COLOURS } from "./palette.ts";
import { element, px } from "./svg.ts";

export interface Look {
  readonly colour: number;
  readonly shape: Shape;
  readonly dashed: boolean;
}

type Shape = (x: number, y: number, size: number, attributes: { class: string }) => string;

const path = (d: string, attributes: { class: string }): string =>
  element("path", { d, ...attributes });

const circle: Shape = (x, y, size, attributes) =>
  element("circle", { cx: x, cy: y, r: size, ...attributes });
const square: Shape = (x, y, size, attributes) => {
  const half = size * 0.9;
  return path(
    `M${px(x - half)} ${px(y - half)}h${px(2 * half)}v${px(2 * half)}h${px(-2 * half)}z`,
    attributes,
  );
};
const triangle: Shape = (x, y, size, attributes) => {
  const half = size * 1.15;
  return path(
    `M${px(x)} ${px(y - half)}l${px(half)} ${px(1.8 * half)}h${px(-2 * half)}z`,
    attributes,
  );
};
const diamond: Shape = (x, y, size, attributes) => {
  const half = size * 1.25;
  const [right, left] = [px(half), px(-half)];
  return path(
    `M${px(x)} ${px(y - half)}l${right} ${right} ${left} ${right} ${left} ${left}z`,
    attributes,
  );
};
const downward: Shape = (x, y, size, attributes) => {
  const half = size * 1.15;
  return path(
    `M${px(x)} ${px(y + half)}l${px(half)} ${px(-1.8 * half)}h${px(-2 * half)}z`,
    attributes,
  );
};

/** Arms of a third of its width, upright or turned by an eighth. */
const plus =
  (turned: boolean): Shape =>
  (x, y, size, attributes) => {
    const arm = size * 0.42;
    const half = size * 1.25;
    const rest = half - arm;
    const d = [
      `M${px(x - arm)} ${px(y - half)}h${px(2 * arm)}v${px(rest)}h${px(rest)}v${px(2 * arm)}`,
      `h${px(-rest)}v${px(rest)}h${px(-2 * arm)}v${px(-rest)}h${px(-rest)}v${px(-2 * arm)}`,
      `h${px(rest)}z`,
    ].join("");
    const turn = turned ? { transform: `rotate(45 ${px(x)} ${px(y)})` } : {};
    return element("path", { d, ...attributes, ...turn });
  };

const SHAPES: readonly Shape[] = [
  circle,
  square,
  triangle,
  diamond,
  downward,
  plus(false),
  plus(true),
];

export function lookOf(place: number, dashed = false): Look {
  return {
    colour: place % COLOURS,
    shape: SHAPES[place % SHAPES.length] ?? circle,
    dashed: dashed || place >= COLOURS,
  };
}

export const MARK_SIZE = 4;

export function mark({ colour, shape }: Look, x: number, y: number): string {
  return shape(x, y, MARK_SIZE, { class: `mark fill${colour}` });
}

export function hollowMark({ colour, shape }: Look, x: number, y: number): string {
  return shape(x, y, MARK_SIZE, { class: `hollow s${colour}` });
}

export function lineClass({ colour, dashed }: Look): string {
  return `line s${colour}${dashed ? " dashed" : ""}`;
}
