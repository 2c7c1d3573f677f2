/**
 * A reader of XML for tests: as strict as the specification about what the pictures use, and
 * throwing at whatever else there is. A viewer shows nothing at all of a file that isn't
 * well-formed.
 */

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Of the element itself, not of those in it. */
  readonly text: string;
  readonly children: readonly XmlElement[];
}

const NAME = /[A-Za-z_][\w.:-]*/y;
const ATTRIBUTE = /\s+([A-Za-z_][\w.:-]*)="([^<"]*)"/y;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"' };

export function parseXml(source: string): XmlElement {
  let at = 0;
  const fail = (problem: string): never => {
    throw new Error(`${problem} at ${at}: ${source.slice(at, at + 60)}`);
  };
  const match = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(source) ?? undefined;
    if (found !== undefined) at = pattern.lastIndex;
    return found;
  };
  const take = (text: string): boolean => {
    const there = source.startsWith(text, at);
    if (there) at += text.length;
    return there;
  };
  const decoded = (raw: string): string => {
    if (/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(raw)) {
      fail("a character that XML does not have");
    }
    return raw.replace(/&([^;]*;?)/g, (_, name: string) => {
      return ENTITIES[name.replace(/;$/, "")] ?? fail(`unknown entity ${name}`);
    });
  };
  const element = (): XmlElement => {
    if (!take("<")) fail("an element expected");
    const name = match(NAME)?.[0] ?? fail("a name expected");
    const attributes = new Map<string, string>();
    for (let found = match(ATTRIBUTE); found !== undefined; found = match(ATTRIBUTE)) {
      const [, key = "", value = ""] = found;
      if (attributes.has(key)) fail(`${key} twice`);
      attributes.set(key, decoded(value));
    }
    if (take("/>")) return { name, attributes, text: "", children: [] };
    if (!take(">")) fail(`the end of <${name} expected`);
    const children: XmlElement[] = [];
    let text = "";
    while (!source.startsWith("</", at)) {
      if (source.startsWith("<", at)) children.push(element());
      else text += decoded(match(/[^<]+/y)?.[0] ?? fail(`</${name}> expected`));
    }
    if (!take(`</${name}>`)) fail(`</${name}> expected`);
    return { name, attributes, text, children };
  };
  const root = element();
  match(/\s*/y);
  if (at !== source.length) fail("something behind the end");
  return root;
}

/** The element and all within it, in their order. */
export function everyElement(element: XmlElement): readonly XmlElement[] {
  return [element, ...element.children.flatMap(everyElement)];
}
