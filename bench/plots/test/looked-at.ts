/** What somebody who looks at a picture would complain of, as far as a program can see it. */
import { FONT_SIZES } from "../palette.ts";
import { textWidth } from "../text-width.ts";
import { everyElement, parseXml, type XmlElement } from "./xml.ts";

interface Box {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Texts on each other or outside, numbers that are none; empty when all is well. */
export function complaints(svg: string): readonly string[] {
  const root = parseXml(svg);
  const [, , width = 0, height = 0] = (root.attributes.get("viewBox") ?? "").split(" ").map(Number);
  const elements = everyElement(root);
  const boxes = elements.filter(({ name }) => name === "text").map(boxOf);
  const outside = boxes
    .filter(
      ({ left, right, top, bottom }) => left < 0 || top < 0 || right > width || bottom > height,
    )
    .map(({ text }) => `outside: ${text}`);
  const overlaps = boxes.flatMap((a, index) =>
    boxes
      .slice(index + 1)
      .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
      .map((b) => `on each other: ${a.text} / ${b.text}`),
  );
  return [...outside, ...overlaps, ...elements.flatMap((each) => badNumbers(each, width, height))];
}

export function textsOf(svg: string): readonly string[] {
  const elements = everyElement(parseXml(svg));
  return elements.filter(({ name }) => name === "text").map(({ text }) => text);
}

function boxOf({ attributes, text }: XmlElement): Box {
  const kind = attributes.get("class") ?? "";
  const size =
    kind === "title" || kind === "subtitle" || kind === "source"
      ? FONT_SIZES[kind]
      : FONT_SIZES.text;
  const x = Number(attributes.get("x"));
  const y = Number(attributes.get("y"));
  const width = textWidth(text, size);
  const anchor = attributes.get("text-anchor");
  const left = anchor === "end" ? x - width : anchor === "middle" ? x - width / 2 : x;
  return { text, left, right: left + width, top: y - size * 0.8, bottom: y + size * 0.2 };
}

const ACROSS = ["x", "x1", "x2", "cx", "width"];
const DOWN = ["y", "y1", "y2", "cy", "height"];
const LISTS = ["points", "d"];

function badNumbers({ name, attributes }: XmlElement, width: number, height: number): string[] {
  return [...attributes].flatMap(([key, value]) => {
    const where = `${name} ${key}="${value}"`;
    const most = ACROSS.includes(key) ? width : DOWN.includes(key) ? height : undefined;
    if (most !== undefined) {
      const number = Number(value);
      return value !== "" && number >= 0 && number <= most ? [] : [`outside: ${where}`];
    }
    return LISTS.includes(key) && /NaN|Infinity|undefined/.test(value)
      ? [`no number: ${where}`]
      : [];
  });
}
