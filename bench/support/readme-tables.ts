/**
 * The numbers of the README: each block between two markers is the text of one result file.
 *
 *     <!-- result: claims-….json -->
 *     … written by this program …
 *     <!-- end -->
 *
 * Nobody types a number there; a test holds the blocks against the files.
 */

const BLOCK = /(<!-- result: (\S+) -->\n)[\s\S]*?(<!-- end -->)/g;

/** The README with every block made anew; `textOf` gives the text of a result file by its name. */
export function withTables(readme: string, textOf: (file: string) => string): string {
  return readme.replace(
    BLOCK,
    (_, begin: string, file: string, end: string) => `${begin}\n${textOf(file)}\n\n${end}`,
  );
}
