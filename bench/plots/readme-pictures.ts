/**
 * The pictures of the README: each block between two markers shows those of one result file.
 *
 *     <!-- plots: claims-….json -->
 *     … written by this program …
 *     <!-- end -->
 *
 * They are drawn from the same file as the tables, and a test holds them against it.
 */
import type { PictureFile } from "./plot-files.ts";

const BLOCK = /(<!-- plots: (\S+) -->\n)[\s\S]*?(<!-- end -->)/g;

type Shown = Pick<PictureFile, "path" | "title">;

/** The README with every block made anew; `picturesOf` gives a file's pictures by its name. */
export function withPictures(
  readme: string,
  picturesOf: (file: string) => readonly Shown[],
): string {
  return readme.replace(BLOCK, (_, begin: string, file: string, end: string) => {
    const images = picturesOf(file).map(({ path, title }) => `![${title}](results/${path})\n\n`);
    return `${begin}\n${images.join("")}${end}`;
  });
}

/** The result files whose pictures are shown, each once. */
export function plottedFiles(readme: string): readonly string[] {
  return [...new Set([...readme.matchAll(BLOCK)].flatMap(([, , file]) => file ?? []))];
}
