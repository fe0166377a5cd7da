/** A reason why an evaluation flatters the classifier. */
export interface ThresholdWarning {
  /**
   * "same-samples": the thresholds were chosen on the very samples that are evaluated. "same-split": they were chosen on a
   * split of that name.
   */
  readonly kind: "same-samples" | "same-split";
  /** The same in a sentence, with the way out. */
  readonly message: string;
}

/** The warning that thresholds were chosen on what is evaluated now, a split of this name. */
export function thresholdWarning(kind: ThresholdWarning["kind"], chosenOn: string): ThresholdWarning {
  const where =
    kind === "same-samples"
      ? `these very images ("${chosenOn}")`
      : `the split "${chosenOn}", which is evaluated here`;
  const message =
    `The thresholds were chosen on ${where}: sensitivity and specificity are too good; choose thresholds on other ` +
    "patients' images.";
  return { kind, message };
}
