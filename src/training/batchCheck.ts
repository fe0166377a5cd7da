import { ModelError } from "../errors.js";
import type { Normalization } from "../images/normalization.js";
import { rowMajor } from "../matrix.js";
import type { ModelContract, ModelInput } from "../models/contract.js";
import type { Batch } from "./batch.js";
import { assertHeads, type Need, namesOf } from "./heads.js";

/**
 * Makes sure that a batch has the shapes, the classes and the range of values that a model's contract asks for, and a
 * study for each image.
 *
 * @throws ModelError that names both, and the image where there is one to blame
 */
export function assertBatch(contract: ModelContract, batch: Batch, need: Need = "labels"): void {
  const { images, labels, labelSets = {}, masks, maskNames, studies } = batch;
  const { height, width, channels } = contract.input;
  const [samples, ...size] = images.shape as [number, ...number[]];
  if (`${size}` !== `${[height, width, channels]}`) {
    throw new ModelError(
      "input",
      `the model takes images of shape [batch, ${height}, ${width}, ${channels}]; the batch has [${images.shape}]`,
    );
  }
  assertHeads(contract, namesOf(batch), "the batch", need);
  for (const [name, matrix] of [["", labels] as const, ...Object.entries(labelSets)]) {
    const { classes, values } = matrix;
    if (`${values.shape}` !== `${[samples, classes.length]}`) {
      throw new ModelError(
        "classes",
        `the batch has labels${name && ` "${name}"`} of shape [${values.shape}]; ` +
          `expected [${[samples, classes.length]}] for its ${samples} images and ${classes.length} classes`,
      );
    }
  }
  const expected = maskNames && [samples, height, width, maskNames.length];
  if (expected && `${masks?.shape}` !== `${expected}`) {
    throw new ModelError(
      "masks",
      `the batch has masks of shape [${masks?.shape ?? ""}]; expected [${expected}] for its images and the masks ` +
        maskNames.join(", "),
    );
  }
  if (studies.length !== samples) {
    throw new ModelError("studies", `the batch has ${studies.length} studies for ${samples} images`);
  }
  assertRange(contract.input, batch);
}

/** Values at the edge of a range may lie beyond it by rounding, in units of the range. */
const tolerance = 1e-4;

function assertRange(input: ModelInput, { images, studies }: Batch): void {
  const { range = rangeOf(input.normalization), normalization } = input;
  const size = input.height * input.width * input.channels;
  const values = rowMajor(images);
  studies.forEach(({ imageId }, i) => {
    const { low, high, mean, deviation } = statisticsOf(values.subarray(i * size, (i + 1) * size));
    if (!Number.isFinite(mean)) return; // The loss will not be finite either, and says which batch it was.
    if (range) {
      const slack = tolerance * (range[1] - range[0]);
      if (low < range[0] - slack || high > range[1] + slack) {
        throw outside(imageId, `has values from ${low} to ${high}`, `in [${range[0]}, ${range[1]}]`);
      }
    } else if (normalization?.method === "per-image" && (Math.abs(mean) > 0.01 || isOff(deviation))) {
      throw outside(
        imageId,
        `has mean ${mean} and standard deviation ${deviation}`,
        "standardised by their own mean and deviation (0 and 1)",
      );
    }
  });
}

/** A constant image has deviation 0 after standardising. */
const isOff = (deviation: number) => deviation > 1e-6 && Math.abs(deviation - 1) > 0.01;

function outside(imageId: string, found: string, expected: string): ModelError {
  return new ModelError(
    "input.range",
    `image ${imageId} ${found}; the model takes values ${expected}: normalise it as contractOf(model).input says`,
  );
}

/** The values that unit pixels can become; undefined where that depends on the image. */
function rangeOf(normalization: Normalization | undefined): readonly [number, number] | undefined {
  if (normalization === undefined || normalization.method === "per-image") return undefined;
  if (normalization.method === "unit") return [0, 1];
  const { mean, standardDeviation } = normalization;
  return [(0 - mean) / standardDeviation, (1 - mean) / standardDeviation];
}

function statisticsOf(values: Float32Array): {
  readonly low: number;
  readonly high: number;
  readonly mean: number;
  readonly deviation: number;
} {
  let [low, high, sum, squares] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  return { low, high, mean, deviation: Math.sqrt(Math.max(squares / values.length - mean * mean, 0)) };
}
