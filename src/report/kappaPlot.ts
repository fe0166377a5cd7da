import type { PairAgreement, PairwiseAgreement } from "../metrics/pairwiseAgreement.js";
import { type Figure, figure } from "./figure.js";
import { formatCount, formatEnds, formatLevel, formatNumber, formatPercent } from "./format.js";
import { shadeOf, textOn } from "./shades.js";
import { colours, type Panel, roomFor } from "./theme.js";

/**
 * Cohen's kappa of each two label sets as a heat map: one small triangle a class, before them the mean over the classes that
 * have a kappa. Each pair stands once, in a square with its kappa: the darker the blue, the higher. A kappa below 0, less than
 * chance gives, stands on orange in a dashed frame; one that is undefined is a dash on grey.
 *
 * The table has the intervals too, with percent agreement, agreement on positives and on negatives, and counts. Kappa falls
 * where a finding is rare (Feinstein and Cicchetti, J. Clin. Epidemiol. 43, 1990), so those of different findings don't compare.
 *
 * ```ts
 * const agreement = pairwiseAgreement({ "reader 1": first, "reader 2": second, labeler });
 * const svg = await kappaPlot(agreement).svg();
 * ```
 *
 * @param options `columns`: plots in a row; default 4
 */
export function kappaPlot(
  { sets, classes, pairs, complete, level }: PairwiseAgreement,
  { columns = 4 }: { readonly columns?: number } = {},
): Figure {
  const ofPair = ([a, b]: Pair) => pairs.filter((pair) => pair.a === a && pair.b === b);
  const couples = sets.flatMap((a, i) => sets.slice(i + 1).map((b): Pair => [a, b]));
  const means = couples.map((couple) => ({ couple, ...meanOf(ofPair(couple)) }));
  const single = (name: string): Panel => {
    const all = complete.find((entry) => entry.class === name);
    const agreed =
      all === undefined || Number.isNaN(all.share)
        ? "no image that all know"
        : `all agree on ${formatPercent(all.share)} of ${formatCount(all.n)}`;
    return kappaPanel(name, [agreed], sets, (couple) => ofPair(couple).find((pair) => pair.class === name));
  };
  const mean = kappaPanel("mean", ["over the findings that have a kappa"], sets, ([a, b]) =>
    means.find(({ couple }) => couple[0] === a && couple[1] === b),
  );
  const table = {
    columns: [
      "finding",
      "label sets",
      "kappa",
      `${formatLevel(level)} interval`,
      "agreement",
      "on positives",
      "on negatives",
      "known to both",
      "unknown",
    ],
    rows: [
      ...classes.flatMap((name) =>
        pairs
          .filter((pair) => pair.class === name)
          .map((pair) => [name, `${pair.a}, ${pair.b}`, ...cells(pair)]),
      ),
      ...(classes.length > 1
        ? means.map(({ couple, kappa, of }) => [
            `mean of ${of}`,
            couple.join(", "),
            formatNumber(kappa),
            ...Array.from({ length: 6 }, () => ""),
          ])
        : []),
    ],
  };
  const panels = [...(classes.length > 1 ? [mean] : []), ...classes.map(single)];
  return figure("Cohen's kappa between label sets", panels, table, { columns });
}

type Pair = readonly [string, string];

/** Mean over the classes that have a kappa, and how many those are. */
function meanOf(pairs: readonly PairAgreement[]): { readonly kappa: number; readonly of: number } {
  const known = pairs.map(({ kappa }) => kappa).filter((kappa) => !Number.isNaN(kappa));
  return { kappa: known.reduce((sum, kappa) => sum + kappa, 0) / known.length, of: known.length };
}

function cells({ kappa, lower, upper, agreement, positive, negative, n, unknown }: PairAgreement) {
  return [
    formatNumber(kappa),
    formatEnds({ lower, upper }) ?? formatNumber(Number.NaN),
    ...[agreement, positive, negative].map(formatPercent),
    n,
    unknown,
  ];
}

/** Side of a square. */
const side = 44;

/** Behind a kappa below 0: light enough for black text. */
const belowChance = "#fbd9bd";

const undefinedSign = "–";

function kappaPanel(
  title: string,
  lines: readonly string[],
  sets: readonly string[],
  find: (pair: Pair) => { readonly kappa: number } | undefined,
): Panel {
  const across = sets.slice(0, -1);
  const down = sets.slice(1);
  const squares = down.flatMap((row, r) =>
    across.slice(0, r + 1).map((column) => {
      const kappa = find([column, row])?.kappa ?? Number.NaN;
      const negative = kappa < 0;
      return {
        row,
        column,
        text: Number.isNaN(kappa) ? undefinedSign : kappa.toFixed(2).replace("-", "−"),
        fill: Number.isNaN(kappa) ? colours.grid : negative ? belowChance : shadeOf(kappa),
        ink: Number.isNaN(kappa) || negative ? "black" : textOn(kappa),
        negative,
      };
    }),
  );
  const axis = { domain: false, ticks: false };
  const signs = [
    ...(squares.some(({ negative }) => negative) ? ["dashed frame: less than by chance"] : []),
    ...(squares.some(({ text }) => text === undefinedSign) ? [`${undefinedSign}: undefined`] : []),
  ];
  return {
    title,
    lines: [...lines, ...signs],
    plot: {
      width: side * across.length,
      height: side * down.length,
      data: { values: squares },
      encoding: {
        x: {
          field: "column",
          type: "nominal",
          scale: { domain: [...across] },
          title: null,
          axis: { ...axis, orient: "bottom", labelAngle: -45, labelLimit: 160 },
        },
        y: {
          field: "row",
          type: "nominal",
          scale: { domain: [...down] },
          title: null,
          axis: { ...axis, ...roomFor(down) },
        },
      },
      layer: [
        {
          mark: { type: "rect", stroke: "white", strokeWidth: 2 },
          encoding: { color: { field: "fill", type: "nominal", scale: null } },
        },
        {
          transform: [{ filter: "datum.negative" }],
          mark: {
            type: "point",
            shape: "square",
            size: (side - 5) ** 2,
            filled: false,
            color: "black",
            strokeWidth: 1.25,
            strokeDash: [3, 2],
            opacity: 1,
          },
        },
        {
          mark: { type: "text", fontSize: 11 },
          encoding: {
            text: { field: "text", type: "nominal" },
            color: { field: "ink", type: "nominal", scale: null },
          },
        },
      ],
    },
  };
}
