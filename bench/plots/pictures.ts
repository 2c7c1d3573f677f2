/** Which pictures a report has, by its kind. Pure; where they are kept is plot-files.ts. */
import type { ClosedMeasurement, Measurement } from "../support/load.ts";
import type { Report } from "../support/report.ts";
import { capacityPictures } from "./capacity-pictures.ts";
import { closedPictures } from "./closed-pictures.ts";
import { comparePictures } from "./compare-pictures.ts";
import { openPictures } from "./open-pictures.ts";
import type { Picture } from "./picture.ts";
import { soakPictures } from "./soak-pictures.ts";

export function picturesOf(report: Report): readonly Picture[] {
  switch (report.kind) {
    case "claims":
      return [
        ...closedPictures(report, report.measurements.filter(isClosed)),
        ...openPictures(
          report,
          report.measurements.filter((each) => !isClosed(each)),
        ),
      ];
    case "latency":
      return openPictures(report, report.measurements);
    case "capacity":
      return capacityPictures(report);
    case "soak":
      return soakPictures(report);
    case "availability":
    case "cluster":
    case "hot-key":
      return [];
    case "compare":
      return comparePictures(report);
  }
}

/** Files from before there were open loops don't say which one it was. */
function isClosed(measurement: Measurement): measurement is ClosedMeasurement {
  return measurement.loop !== "open";
}
