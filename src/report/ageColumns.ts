import type { DatasetDescription } from "../labels/describeDataset.js";
import type { FigureTable } from "./figure.js";
import { colours, type Plot } from "./theme.js";

/** The numbers of {@link ageColumns}. */
export function ageTable({ age, ageBySex }: Pick<DatasetDescription, "age" | "ageBySex">): FigureTable {
  return {
    columns: ["age in years", ...ageBySex.map(({ sex }) => sex ?? "unknown")],
    rows: age.decades.map(({ from }) => [
      decadeOf(from),
      ...ageBySex.map(({ age: own }) => own.decades.find((decade) => decade.from === from)?.images ?? 0),
    ]),
  };
}

/** Neighbours differ in brightness too, for black and white. */
const sexColours = [colours.blue, colours.orange, colours.vermillion, colours.purple];

const decadeOf = (from: number) => `${from}–${from + 9}`;

/** Images by decade of age, a bar a sex; sexes are as recorded, the unknown are grey. */
export function ageColumns({ age, ageBySex }: Pick<DatasetDescription, "age" | "ageBySex">): Plot {
  const decades = age.decades.map(({ from }) => from);
  const sexes = ageBySex.map(({ sex }) => sex ?? "unknown");
  const bars = ageBySex.flatMap((group, i) =>
    group.age.decades.map(({ from, images }) => ({ decade: decadeOf(from), sex: sexes[i], images })),
  );
  const range = ageBySex.map(({ sex }, i) =>
    sex === undefined ? colours.line : sexColours[i % sexColours.length]!,
  );
  return {
    width: Math.max(56, 14 * sexes.length) * decades.length,
    height: 180,
    data: { values: bars },
    mark: { type: "bar" },
    encoding: {
      x: {
        field: "decade",
        type: "nominal",
        scale: { domain: decades.map(decadeOf) },
        title: "age in years",
        axis: { labelAngle: 0 },
      },
      xOffset: { field: "sex", type: "nominal", scale: { domain: sexes } },
      y: {
        field: "images",
        type: "quantitative",
        title: "images",
        axis: { format: ",d", tickCount: 4, tickMinStep: 1 },
      },
      color: {
        field: "sex",
        type: "nominal",
        scale: { domain: sexes, range },
        legend: { orient: "top" },
      },
    },
  };
}
