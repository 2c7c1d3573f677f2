/** Pictures beside the file they are made of: `claims.json` has `claims-callers.svg`. */
import { writeFileSync } from "node:fs";
import { type Report, readReport } from "../support/report.ts";
import { picturesOf } from "./pictures.ts";

export interface PictureFile {
  readonly path: string;
  readonly title: string;
  readonly svg: string;
}

/** `path` is that of the report, whether or not it has been written. */
export function pictureFiles(path: string, report: Report): readonly PictureFile[] {
  const beginning = path.replace(/\.json$/, "");
  return picturesOf(report).map(({ name, title, svg }) => {
    return { path: `${beginning}-${name}.svg`, title, svg };
  });
}

/** Draws a result file anew, and tells where. */
export function plotFile(path: string): readonly string[] {
  const files = pictureFiles(path, readReport(path));
  for (const { path: picture, svg } of files) writeFileSync(picture, svg);
  return files.map(({ path: picture }) => picture);
}
