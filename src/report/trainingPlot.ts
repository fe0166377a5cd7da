import type { TrainingHistory } from "../training/history.js";
import { type Figure, figure } from "./figure.js";
import { formatNumber } from "./format.js";
import { colours, type Layer, type Panel } from "./theme.js";

/**
 * The course of a training: loss on the training and the validation set, and the mean AUC over the classes on the
 * validation set, by epoch; the best epoch is marked. Without a validation set there is the training loss alone.
 *
 * @param columns plots in a row
 */
export function trainingPlot(
  history: TrainingHistory,
  { columns = 2 }: { readonly columns?: number } = {},
): Figure {
  const validated = history.epochs.some(({ validation }) => validation !== undefined);
  const table = {
    columns: ["epoch", "training loss", ...(validated ? ["validation loss", "mean validation AUC"] : [])],
    rows: history.epochs.map(({ epoch, trainingLoss, validation }) => [
      epoch === history.bestEpoch ? `${epoch} (best)` : epoch,
      ...[trainingLoss, ...(validated ? [validation?.loss, validation?.macroAuc] : [])].map((value) =>
        formatNumber(value ?? Number.NaN),
      ),
    ]),
  };
  return figure("Training by epoch", trainingPanels(history), table, { columns });
}

/** The plots of {@link trainingPlot}. */
function trainingPanels({ epochs, bestEpoch }: TrainingHistory): Panel[] {
  const losses = epochs.flatMap(({ epoch, trainingLoss, validation }) => [
    { epoch, set: "training", value: trainingLoss },
    ...(validation === undefined ? [] : [{ epoch, set: "validation", value: validation.loss }]),
  ]);
  const areas = epochs.flatMap(({ epoch, validation }) =>
    validation === undefined || Number.isNaN(validation.macroAuc)
      ? []
      : [{ epoch, set: "validation", value: validation.macroAuc }],
  );
  const last = epochs.length;
  return [
    panel("Loss by epoch", losses, last, bestEpoch),
    ...(areas.length > 0 ? [panel("Mean validation AUC by epoch", areas, last, bestEpoch)] : []),
  ];
}

interface Measured {
  readonly epoch: number;
  readonly set: string;
  readonly value: number;
}

function panel(title: string, values: readonly Measured[], last: number, best: number | undefined): Panel {
  const epoch = {
    field: "epoch",
    type: "quantitative" as const,
    scale: { domain: [1, Math.max(last, 2)] },
    title: "epoch",
    axis: { tickMinStep: 1, format: "d", grid: false },
  };
  const value = {
    field: "value",
    type: "quantitative" as const,
    scale: { zero: false },
    title: null,
    axis: { tickCount: 5, minExtent: 38 },
  };
  const sets = curves.filter(({ name }) => values.some(({ set }) => set === name));
  const legend = sets.length > 1 ? { orient: "top-right" as const, symbolSize: 700 } : null;
  const domain = sets.map(({ name }) => name);
  const points = sets.map(
    ({ name, color }): Layer => ({
      data: { values: values.filter(({ set }) => set === name) },
      mark: { type: "point", filled: true, size: 30, opacity: 1, color },
      encoding: { x: epoch, y: value },
    }),
  );
  return {
    title,
    lines: [],
    plot: {
      width: 340,
      height: 200,
      layer: [
        ...bestEpochMark(best, last, epoch),
        {
          data: { values: [...values] },
          mark: { type: "line", strokeWidth: 2 },
          encoding: {
            x: epoch,
            y: value,
            color: {
              field: "set",
              type: "nominal",
              legend,
              scale: { domain, range: sets.map(({ color }) => color) },
            },
            strokeDash: {
              field: "set",
              type: "nominal",
              legend,
              scale: { domain, range: sets.map(({ dash }) => dash) },
            },
          },
        },
        ...(last <= 40 ? points : []),
      ],
    },
  };
}

const curves: readonly { readonly name: string; readonly color: string; readonly dash: number[] }[] = [
  { name: "training", color: colours.vermillion, dash: [5, 3] },
  { name: "validation", color: colours.blue, dash: [1, 0] },
];

function bestEpochMark(best: number | undefined, last: number, epoch: { readonly field: string }): Layer[] {
  if (best === undefined) return [];
  const late = best > last / 2;
  const data = { values: [{ epoch: best }] };
  return [
    { data, mark: { type: "rule", color: colours.muted }, encoding: { x: epoch } },
    {
      data,
      mark: {
        type: "text",
        text: `best epoch: ${best}`,
        align: late ? "right" : "left",
        dx: late ? -5 : 5,
        dy: -7,
        fontSize: 11,
        color: colours.muted,
      },
      encoding: { x: epoch, y: { value: 0 } },
    },
  ];
}
