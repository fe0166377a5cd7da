import type { LayersModel } from "@tensorflow/tfjs-layers";
import ndarray from "ndarray";
import {
  batchOfImages,
  calibratedProbabilities,
  contractOf,
  decisions,
  gradCam,
  type Image,
  type Mask,
  predictHeads,
  segment,
} from "radiolucent";

/** What a model says of one finding in one film. */
export interface FindingResult {
  /** Name of the head that says it. */
  readonly head: string;
  /** The finding. */
  readonly finding: string;
  /** Sigmoid of the logit, not calibrated. */
  readonly probability: number;
  /** By the model's calibration; undefined where it has none. */
  readonly calibrated: number | undefined;
  /** On the probability, not on the calibrated one; NaN where none was chosen. */
  readonly threshold: number;
  /** Whether the probability is at or above the threshold, or below; "none" without a threshold. */
  readonly decision: "above" | "below" | "none";
}

/** What a model says of one film. */
export interface FilmResult {
  readonly findings: readonly FindingResult[];
  /** From the decoded film to probabilities. */
  readonly milliseconds: number;
}

/** Runs a model on a film: resized and normalised as the model's contract says, as in Node. */
export async function classify(
  model: LayersModel,
  image: Image,
  name: string,
  signal: AbortSignal,
): Promise<FilmResult> {
  const start = performance.now();
  const heads = await predictHeads(model, [batchOfImages(model, [image], { names: [name] })], { signal });
  const findings = contractOf(model).heads.flatMap((head): FindingResult[] => {
    const predictions = heads[head.name];
    if (predictions === undefined) return [];
    const decided = head.thresholds && decisions(model, predictions);
    const calibrated = head.calibration && calibratedProbabilities(model, predictions);
    return head.classes.map((finding, c) => {
      const decision = decided?.values.get(0, c);
      return {
        head: head.name,
        finding,
        probability: predictions.probabilities.get(0, c),
        calibrated: calibrated?.values.get(0, c),
        threshold: head.thresholds?.values[c] ?? Number.NaN,
        decision: decision === 1 ? "above" : decision === 0 ? "below" : "none",
      };
    });
  });
  return { findings, milliseconds: performance.now() - start };
}

/** Runs a model once on an empty picture: a backend prepares itself in the first run, which takes longer than the others. */
export async function warmUp(model: LayersModel): Promise<void> {
  const { height, width, normalization } = contractOf(model).input;
  if (normalization === undefined) return;
  const pixels = ndarray(new Uint8Array(height * width), [height, width]);
  await classify(model, { pixels, range: [0, 255] }, "warm-up", new AbortController().signal);
}

/** Grad-CAM of one finding: a map in [0, 1], its greatest value 1; undefined where nothing speaks for the finding. */
export async function explain(
  model: LayersModel,
  image: Image,
  { head, finding }: Pick<FindingResult, "head" | "finding">,
): Promise<Image | undefined> {
  const { images } = batchOfImages(model, [image]);
  const { normalized, maximum } = await gradCam(model, images, { target: finding, head });
  if (!(maximum[0]! > 0)) return undefined;
  return { pixels: normalized.pick(0, null, null), range: [0, 1] };
}

/** Name of the head that finds lungs, and of its mask; undefined where a model has none. */
export function lungHead(model: LayersModel): { readonly head: string; readonly mask: string } | undefined {
  for (const { name, kind, classes } of contractOf(model).heads) {
    const mask = kind === "segmentation" ? classes.find((label) => /lung/i.test(label)) : undefined;
    if (mask !== undefined) return { head: name, mask };
  }
  return undefined;
}

/** The lungs as a model finds them, of its input's size; undefined for a model that finds none. */
export async function findLungs(
  model: LayersModel,
  image: Image,
  signal: AbortSignal,
): Promise<Mask | undefined> {
  const wanted = lungHead(model);
  if (wanted === undefined) return undefined;
  const batch = batchOfImages(model, [image]);
  for await (const { masks } of segment(model, [batch], { head: wanted.head, signal })) {
    return masks[wanted.mask];
  }
  return undefined;
}
