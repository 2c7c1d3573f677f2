/** Which pictures a report has, by its kind. Pure; where they are kept is plot-files.ts. */
import type { CapacityReport } from "../support/capacity-report.ts";
import type { Report } from "../support/report.ts";
import type { SoakReport } from "../support/soak-report.ts";
import { capacityPictures } from "./capacity-pictures.ts";
import { claimsPictures } from "./claims-pictures.ts";
import { latencyPictures } from "./latency-pictures.ts";
import type { Picture } from "./picture.ts";
import { soakPictures } from "./soak-pictures.ts";

export function picturesOf(report: Report | CapacityReport | SoakReport): readonly Picture[] {
  switch (report.kind) {
    case "claims":
      return claimsPictures(report);
    case "latency":
      return latencyPictures(report);
    case "capacity":
      return capacityPictures(report);
    case "soak":
      return soakPictures(report);
    case "compare":
    case "memory":
      return [];
  }
}
