import type { Dataset } from "../labels/dataset.js";
import { labelMatrix } from "../labels/labelMatrix.js";
import type { ReportInput } from "./reportInput.js";

/** The sets of a report as one; a set is unknown in the classes that only others have. */
export function allSets({ sets }: ReportInput): Pick<Dataset, "name" | "studies" | "labels"> {
  const parts = Object.values(sets);
  const classes = [...new Set(parts.flatMap(({ labels }) => labels.classes))];
  const rows = parts.flatMap(({ studies, labels }) => {
    const columns = classes.map((name) => labels.classes.indexOf(name));
    return studies.map((_, r) => columns.map((c) => (c < 0 ? Number.NaN : labels.values.get(r, c))));
  });
  return {
    name: "all sets",
    studies: parts.flatMap(({ studies }) => studies),
    labels: labelMatrix(classes, rows),
  };
}
