/** Tables in Markdown, aligned so that they can be read as plain text too. */

/** The first column to the left, numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, 3, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths
      .map((width, column) => {
        const cell = cells[column] ?? "";
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join(" | ")} |`;
  const rule = widths.map((width, column) =>
    column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  return [line(header), line(rule), ...rows.map(line)].join("\n");
}

/** 123456 as 123,456: the same on every machine, whatever its language. */
export function grouped(number: number): string {
  return Math.round(number).toLocaleString("en-US");
}

export function fixed(number: number | undefined, digits: number): string {
  return number === undefined ? "–" : number.toFixed(digits);
}
