import { describe, expect, it } from "vitest";
import { fitted, textWidth, wrapped } from "./text-width.ts";

describe("textWidth", () => {
  it("grows with the text and the size", () => {
    expect(textWidth("100,000/s", 12)).toBeGreaterThan(textWidth("1,000/s", 12));
    expect(textWidth("claimd", 24)).toBe(2 * textWidth("claimd", 12));
  });
});

describe("fitted", () => {
  it("leaves alone what has room", () => expect(fitted("claimd", 12, 100)).toBe("claimd"));

  it("cuts what has none", () => {
    const short = fitted("npm run bench -- compare --turns 5", 12, 100);
    expect(short).toMatch(/^npm run.*…$/);
    expect(textWidth(short, 12)).toBeLessThanOrEqual(100);
  });
});

describe("wrapped", () => {
  it("breaks between words", () => {
    const lines = wrapped("one two three four five six seven", 12, 90);
    expect(lines.join(" ")).toBe("one two three four five six seven");
    for (const line of lines) expect(textWidth(line, 12)).toBeLessThanOrEqual(90);
  });

  it("has no line for no text", () => expect(wrapped("", 12, 90)).toEqual([]));
});
