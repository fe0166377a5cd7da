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
  type ModelCalibration,
  predictHeads,
  segment,
} from "radiolucent";
import type { OpenedModel } from "./models.js";
import { readable } from "./words.js";

/** What a model says of one finding in one film. */
export interface FindingResult {
  /** Name of the head that says it. */
  readonly head: string;
  /** The finding. */
  readonly finding: string;
  /** Sigmoid of the logit, not calibrated. */
  readonly probability: number;
  /** By the model's calibration; undefined where the model has none for this finding. */
  readonly calibrated: number | undefined;
  /** On the probability, not on the calibrated one; NaN where none was chosen. */
  readonly threshold: number;
  /** Whether the probability is at or above the threshold, or below; "none" without a threshold. */
  readonly decision: "above" | "below" | "none";
}

/** What a model says of one film. */
export interface FilmResult {
  readonly findings: readonly FindingResult[];
  /** Label of the model that says it. */
  readonly model: string;
  /** From the decoded film to probabilities. */
  readonly milliseconds: number;
}

/** Runs a model on a film: resized and normalised as the model's contract says, as in Node. */
export async function classify(
  { model, label }: Pick<OpenedModel, "model" | "label">,
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
        // A class for which nothing could be fitted keeps its probability, which is then no calibrated one.
        calibrated: isFitted(head.calibration?.perClass[c]) ? calibrated?.values.get(0, c) : undefined,
        threshold: head.thresholds?.values[c] ?? Number.NaN,
        decision: decision === 1 ? "above" : decision === 0 ? "below" : "none",
      };
    });
  });
  return { findings, model: label, milliseconds: performance.now() - start };
}

const isFitted = (fitted: ModelCalibration["perClass"][number] | undefined) =>
  fitted !== undefined && fitted.map.kind !== "identity";

/** Runs a model once on an empty picture: a backend prepares itself in the first run, which takes longer than the others. */
export async function warmUp(model: LayersModel): Promise<void> {
  const { height, width, normalization } = contractOf(model).input;
  if (normalization === undefined) return;
  const pixels = ndarray(new Uint8Array(height * width), [height, width]);
  await classify({ model, label: "" }, { pixels, range: [0, 255] }, "warm-up", new AbortController().signal);
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

/** Masks of a model that can be laid over a film. */
export interface ShownMasks {
  /** What they are, in words. */
  readonly title: string;
  /** Name of a head, and those of its masks that are shown. */
  readonly heads: readonly (readonly [head: string, masks: readonly string[]])[];
}

/** The masks to show: the lungs, both where a model has two masks for them, or else all; undefined where a model has none. */
export function shownMasks(model: LayersModel): ShownMasks | undefined {
  const all = contractOf(model).heads.flatMap(({ name, kind, classes }) =>
    kind === "segmentation" ? [[name, classes] as const] : [],
  );
  const lungs = all
    .map(([head, masks]) => [head, masks.filter((mask) => /lung/i.test(mask))] as const)
    .filter(([, masks]) => masks.length > 0);
  if (lungs.length > 0) return { title: "the lungs", heads: lungs };
  if (all.length === 0) return undefined;
  return { title: all.flatMap(([, masks]) => masks.map(readable)).join(", "), heads: all };
}

/** What lies inside any of the masks to show, of the model's input size; undefined for a model that has none. */
export async function findMasks(
  model: LayersModel,
  image: Image,
  signal: AbortSignal,
): Promise<Mask | undefined> {
  const wanted = shownMasks(model);
  if (wanted === undefined) return undefined;
  const { height, width } = contractOf(model).input;
  const inside = new Uint8Array(height * width);
  const batch = batchOfImages(model, [image]);
  for (const [head, names] of wanted.heads) {
    for await (const { masks } of segment(model, [batch], { head, signal })) {
      for (const name of names) {
        const { data } = masks[name]!;
        for (let p = 0; p < inside.length; p++) if (data[p] === 1) inside[p] = 1;
      }
    }
  }
  return ndarray(inside, [height, width]);
}
