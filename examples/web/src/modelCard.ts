import type { ModelContract, ModelHead } from "radiolucent";
import { make } from "./dom.js";
import { markdown } from "./markdown.js";
import { readable } from "./words.js";

/** Shows what a model's contract says of it, and the card that lies beside it. */
export function showModelCard(section: HTMLElement, contract: ModelContract, card: string | undefined): void {
  const { architecture, input, heads } = contract;
  const { height, width, channels, normalization } = input;
  const facts: (readonly [term: string, description: string])[] = [
    ["Architecture", architecture],
    ["Takes", `${width} × ${height} pixels, ${channels === 1 ? "grey" : "grey, three times over"}`],
    ["Normalisation", normalization ? normalizationText(normalization) : "not known: it can't be used here"],
    ...heads.flatMap((head) => headFacts(head, isOnly(head, heads) ? "" : ` (${head.name})`)),
  ];
  const list = make("dl", {});
  for (const [term, description] of facts) list.append(make("dt", {}, term), make("dd", {}, description));
  const text = card
    ? make(
        "details",
        {},
        make("summary", {}, "Training data, measures and limits"),
        make("div", { class: "card" }, ...markdown(card)),
      )
    : make(
        "p",
        { class: "quiet" },
        "No card lies beside this model: ask who made it what it was trained on.",
      );
  section.replaceChildren(list, text);
}

const isOnly = ({ kind }: ModelHead, heads: readonly ModelHead[]) =>
  heads.filter((head) => (head.kind === "segmentation") === (kind === "segmentation")).length === 1;

function headFacts({ kind, classes, thresholds, calibration }: ModelHead, which: string): [string, string][] {
  const names = classes.map(readable).join(", ");
  if (kind === "segmentation") return [[`Masks${which}`, names]];
  return [
    [`Findings${which}`, names],
    [
      `Thresholds${which}`,
      thresholds ? `by ${thresholds.criterion}, chosen on “${thresholds.chosenOn}”` : "none were chosen",
    ],
    [
      `Calibration${which}`,
      calibration ? `${calibration.method}, fitted on “${calibration.fittedOn}”` : "none was fitted",
    ],
  ];
}

function normalizationText(normalization: NonNullable<ModelContract["input"]["normalization"]>): string {
  switch (normalization.method) {
    case "unit":
      return "values from 0 to 1";
    case "per-image":
      return "each film by its own mean and standard deviation";
    case "statistics":
      return `mean ${short(normalization.mean)}, standard deviation ${short(normalization.standardDeviation)}`;
  }
}

const short = (value: number) => Number(value.toPrecision(4));
