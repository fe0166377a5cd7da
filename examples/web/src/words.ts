import type { FindingResult } from "./examine.js";

/** A number in [0, 1] with three digits; one that is not known is a dash. */
export function decimal(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? "–" : value.toFixed(3);
}

/** A finding's name as people read it. */
export const readable = (finding: string) => finding.replaceAll("_", " ");

/** A decision in words. */
export function decisionText({ decision, probability }: FindingResult): string {
  if (decision !== "none") return decision;
  return Number.isNaN(probability) ? "not known" : "no threshold";
}

/** A threshold in digits; a contract says by a number above 1 that no probability is to count as present. */
export const thresholdText = (threshold: number) => (threshold > 1 ? "(never above)" : decimal(threshold));
