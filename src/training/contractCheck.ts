import { ModelError } from "../errors.js";
import type { InputFormat } from "../images/inputFormat.js";
import type { Normalization } from "../images/normalization.js";
import type { ModelContract, ModelHead } from "../models/contract.js";
import type { Predictions } from "./predict.js";

/**
 * A classification head of a model, by its name or as the only one.
 *
 * @param argument where the name comes from, for the message
 * @throws ModelError for another name, or none where there are several or no classification heads
 */
export function classificationHeadOf(
  contract: ModelContract,
  name: string | undefined,
  argument = "options.head",
): ModelHead {
  return headOfKind(contract, "classification", name, argument);
}

/**
 * The head that predictions are of.
 *
 * @throws ModelError when the model has no such head, or it has other classes
 */
export function headOfPredictions(
  contract: ModelContract,
  { head: name, classes }: Pick<Predictions, "head" | "classes">,
): ModelHead {
  const head = classificationHeadOf(contract, name, "predictions.head");
  assertClasses(head.classes, classes, "the list of predictions");
  return head;
}

/** As {@link classificationHeadOf}, for segmentation heads. */
export function segmentationHeadOf(contract: ModelContract, name: string | undefined): ModelHead {
  return headOfKind(contract, "segmentation", name, "options.head");
}

function headOfKind(
  { heads }: ModelContract,
  kind: NonNullable<ModelHead["kind"]>,
  name: string | undefined,
  argument: string,
): ModelHead {
  const suitable = heads.filter((head) => (head.kind ?? "classification") === kind);
  const found = name === undefined ? suitable : suitable.filter((head) => head.name === name);
  if (found.length === 1) return found[0]!;
  const names = suitable.map((head) => head.name).join(", ");
  if (name === undefined && suitable.length > 1) {
    throw new ModelError(
      "heads",
      `the model has ${suitable.length} ${kind} heads (${names}); say which one, by ${argument}`,
    );
  }
  const others = heads.map((head) => `${head.name} (${head.kind ?? "classification"})`).join(", ");
  throw new ModelError(
    "heads",
    `the model has no ${kind} head${name === undefined ? "" : ` "${name}"`}; ` +
      (names ? `it has ${names}` : `its heads are ${others || "none"}`),
  );
}

/**
 * Makes sure that labels have a model's classes in the model's order.
 *
 * @param owner whose classes they are, for the message
 * @throws ModelError that names the difference
 */
export function assertClasses(expected: readonly string[], classes: readonly string[], owner: string): void {
  if (expected.length === classes.length && expected.every((name, c) => name === classes[c])) return;
  const missing = expected.filter((name) => !classes.includes(name));
  const unknown = classes.filter((name) => !expected.includes(name));
  const difference = [
    missing.length > 0 ? `lacking ${missing.join(", ")}` : "",
    unknown.length > 0 ? `with ${unknown.join(", ")}, which the model has not` : "",
  ].filter(Boolean);
  throw new ModelError(
    "classes",
    `the model's classes are ${expected.join(", ")}; ${owner} has ${classes.join(", ") || "none"}: ` +
      `${difference.join(" and ") || "the same names, but not each once in the same order"}. ` +
      "selectClasses(labels, classes) brings labels into a model's order",
  );
}

/**
 * Makes sure that images are what a model takes, as far as its contract says.
 *
 * @param owner whose format it is, for the message
 * @throws ModelError that names every difference
 */
export function assertFormat(input: ModelContract["input"], format: InputFormat, owner: string): void {
  const fields = ["height", "width", "channels", "normalization", "preprocessing"] as const;
  // What is not normalised by a known rule was not trained yet, and takes any preprocessing.
  const open = (field: (typeof fields)[number]) =>
    field === "preprocessing" ? input.normalization === undefined : input[field] === undefined;
  const different = fields.filter(
    (field) => !open(field) && describe(input[field]) !== describe(format[field]),
  );
  if (different.length === 0) return;
  const list = (of: ModelContract["input"]) =>
    different.map((field) => `${field} ${describe(of[field])}`).join(", ");
  throw new ModelError(
    `input.${different[0]}`,
    `the model takes ${list(input)}; ${owner} gives ${list(format)}. Make it with the model's format: ` +
      "contractOf(model).input",
  );
}

/** In words that differ whenever the values do. */
function describe(value: number | string | Normalization | undefined): string {
  if (typeof value !== "object") return value === undefined ? "none" : String(value);
  return value.method === "statistics"
    ? `statistics (mean ${value.mean}, standard deviation ${value.standardDeviation})`
    : value.method;
}
