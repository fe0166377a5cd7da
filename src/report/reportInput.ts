import type { ClassWeights } from "../balance/classWeights.js";
import type { Dataset } from "../labels/dataset.js";
import type { MatrixLike } from "../matrix.js";
import type { ModelContract } from "../models/contract.js";
import type { LeakageAudit } from "../splits/leakage.js";
import type { RunsEvaluation } from "../training/evaluateRuns.js";
import type { TrainingHistory } from "../training/history.js";
import type { EvaluatedPredictions } from "./evaluated.js";
import type { Figure } from "./figure.js";
import type { MaskPicture } from "./maskOverlayGrid.js";

/** One picture of where a model looks. */
export interface CamPicture {
  /** Which image. */
  readonly imageId: string;
  /** What was explained, such as a class. */
  readonly finding: string;
  /** What the model predicts for it, in [0, 1]. */
  readonly probability: number;
  /** What is known of it: 1, 0 or NaN. */
  readonly label: number;
  /** The picture, as a PNG file's bytes. */
  readonly png: Uint8Array;
  /** How it was explained, such as "Grad-CAM++"; default "Grad-CAM". */
  readonly method?: string;
  /** More to say below it. */
  readonly note?: string;
}

/** What a model is for; only its makers can say. */
export interface ModelPurpose {
  /** What it is made for, and for whom. */
  readonly intendedUse: string;
  /** What it must not be used for. */
  readonly outOfScope?: readonly string[];
  /** What is known to go wrong or was not tested. */
  readonly limits: readonly string[];
}

/** A section of figures of one's own, such as a comparison of models. */
export interface ReportSection {
  /** Its heading. */
  readonly title: string;
  /** What is to be said before the figures. */
  readonly text?: string;
  /** The figures, each with its table below. */
  readonly figures: readonly Figure[];
}

/** What a report is made of. */
export interface ReportInput extends EvaluatedPredictions {
  /** Heading of the page. */
  readonly title: string;
  /** Where the images come from, and what became of the rows. */
  readonly dataset: Pick<Dataset, "name" | "account">;
  /** The sets by name, in the order to show them; `evaluatedOn` is one of the names. */
  readonly sets: Readonly<Record<string, Pick<Dataset, "studies" | "labels">>>;
  /** What the sets were found to share. */
  readonly audit: LeakageAudit;
  /** The weights of the loss, one a class of the evaluation. */
  readonly weights?: ClassWeights;
  /** The course of the training. */
  readonly history?: TrainingHistory;
  /**
   * Probabilities of the same samples after calibration, by a calibrator fitted on other samples: shape [samples, classes].
   */
  readonly calibratedProbabilities?: MatrixLike;
  /** What the runs of the experiment give on the evaluated set. */
  readonly runs?: RunsEvaluation;
  /** More sections, shown after the results. */
  readonly sections?: readonly ReportSection[];
  /** Pictures of where the model looks. */
  readonly cams?: readonly CamPicture[];
  /** Films with their masks. */
  readonly masks?: readonly MaskPicture[];
  /** What the model is for. */
  readonly purpose?: ModelPurpose;
  /** What the model takes and gives: `contractOf(model)`. */
  readonly contract?: ModelContract;
  /** How the result was made: versions, seeds, sizes, rates. */
  readonly settings: Readonly<Record<string, string | number>>;
}
