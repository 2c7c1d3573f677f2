/**
 * How wide a text will be, roughly: a picture is laid out before anybody knows its reader's font.
 *
 * The widths are those of DejaVu Sans, the widest of the usual system fonts: what has room here has
 * room everywhere.
 */

/** In parts of the font's size; the first that holds counts. */
const WIDTHS: readonly (readonly [characters: RegExp, width: number])[] = [
  [/[0-9]/, 0.64],
  [/[ .,:;!|'·]/, 0.33],
  [/[iljI()[\]/\\-]/, 0.4],
  [/[ftr]/, 0.42],
  [/[mwMW%@]/, 0.98],
  [/[A-Z×+=<>≤≥~µ]/, 0.76],
  [/[\u0020-\u024f–]/, 0.63],
];
/** Of whatever else there is: a full em. */
const WIDEST = 1;

export function textWidth(text: string, size: number): number {
  let width = 0;
  for (const character of text) {
    width += WIDTHS.find(([characters]) => characters.test(character))?.[1] ?? WIDEST;
  }
  return width * size;
}

/** The text, or as much of its beginning as has room. */
export function fitted(text: string, size: number, width: number): string {
  if (textWidth(text, size) <= width) return text;
  for (let end = text.length - 1; end > 0; end--) {
    // Half of a pair may stand at the end.
    const shorter = `${text.slice(0, end).toWellFormed().trimEnd()}…`;
    if (textWidth(shorter, size) <= width) return shorter;
  }
  return "";
}

/** Broken between words into lines that have room; a word too long for a line is cut. */
export function wrapped(text: string, size: number, width: number): readonly string[] {
  if (text === "") return [];
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length === 0 ? word : `${lines.at(-1) ?? ""} ${word}`;
    if (lines.length > 0 && textWidth(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(fitted(word, size, width));
  }
  return lines;
}
