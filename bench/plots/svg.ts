/**
 * SVG as text: elements, attributes, escaping. The same input gives the same bytes, so numbers are
 * rounded to a hundredth of a pixel, and nothing here knows time or chance.
 */

export type Attributes = Readonly<Record<string, string | number | undefined>>;

export function element(
  name: string,
  attributes: Attributes,
  children: string | readonly string[] = [],
): string {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${typeof value === "number" ? px(value) : xml(value)}"`],
  );
  const inside = typeof children === "string" ? children : children.join("");
  const open = `<${name}${written.join("")}`;
  return inside === "" ? `${open}/>` : `${open}>${inside}</${name}>`;
}

/** A text; `attributes` say where and how. */
export function text(content: string, attributes: Attributes): string {
  return element("text", attributes, xml(content));
}

/** A number of pixels, or of anything else that is drawn. */
export function px(value: number): string {
  const rounded = Math.round(value * 100) / 100;
  return String(Object.is(rounded, -0) ? 0 : rounded);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** What XML has no way to write (control characters, half of a pair) becomes U+FFFD. */
export function xml(content: string): string {
  return content
    .toWellFormed()
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character);
}
