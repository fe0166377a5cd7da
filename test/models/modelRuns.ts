import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, loadLayersModel } from "@tensorflow/tfjs-layers";
import { expect } from "vitest";
import { weightedBinaryCrossentropy } from "../../src/losses/weightedBinaryCrossentropy.js";
import { contractOf, type ModelHead } from "../../src/models/contract.js";
import { randomStream } from "../../src/random.js";

/** Whether a place, as shares of height and width, belongs to a mask of an image. */
const inMask = (image: number, mask: number, down: number, across: number) =>
  (image % 2 === 0 ? down < 0.5 : across < 0.5) !== (mask % 2 === 1);

/** One number for each element of a tensor of shape [batch, height, width, channels]. */
function filled(
  shape: readonly number[],
  value: (image: number, down: number, across: number, channel: number) => number,
): tf.Tensor {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  const values = new Float32Array(batch * height * width * channels);
  let k = 0;
  for (let image = 0; image < batch; image++)
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++)
        for (let channel = 0; channel < channels; channel++)
          values[k++] = value(image, (row + 0.5) / height, (column + 0.5) / width, channel);
  return tf.tensor(values, [...shape]);
}

/** Noise, in which the first mask of every image is brighter. */
export function noisyImages(shape: readonly [number, number, number, number], seed = 0): tf.Tensor4D {
  const random = randomStream(seed);
  return filled(
    shape,
    (i, down, across) => random.normal() + (inMask(i, 0, down, across) ? 2 : -2),
  ) as tf.Tensor4D;
}

/** Labels or masks for the output of a head; the last label of a classification head is unknown. */
function targetsOf({ kind }: ModelHead, shape: readonly number[]): tf.Tensor {
  if (kind === "segmentation") return filled(shape, (i, down, across, m) => +inMask(i, m, down, across));
  const [batch, classes] = shape as [number, number];
  const labels = Float32Array.from({ length: batch * classes }, (_, k) =>
    k === batch * classes - 1 ? NaN : +((Math.floor(k / classes) + (k % classes)) % 3 === 0),
  );
  return tf.tensor(labels, [batch, classes]);
}

/** Outputs of a model, of one head or of several. */
export const outputsOf = (outputs: unknown): tf.Tensor[] =>
  Array.isArray(outputs) ? (outputs as tf.Tensor[]) : [outputs as tf.Tensor];

const crossentropy = weightedBinaryCrossentropy({ reduction: "mean" });

/** Loss of a batch in training mode, the mean over the heads. */
export function lossOf(model: LayersModel, images: tf.Tensor): tf.Scalar {
  const { heads } = contractOf(model);
  return tf.tidy(() => {
    const outputs = outputsOf(model.apply(images, { training: true }));
    const losses = heads.map((head, i) => crossentropy(targetsOf(head, outputs[i]!.shape), outputs[i]!));
    return tf.div<tf.Scalar>(tf.addN(losses), losses.length);
  });
}

export const variables = (model: LayersModel) =>
  model.trainableWeights.map((weight) => weight.read() as tf.Variable);

/** One step in training mode. @returns the loss before it */
export async function minimize(
  model: LayersModel,
  optimizer: tf.Optimizer,
  images: tf.Tensor,
): Promise<number> {
  const value = optimizer.minimize(() => lossOf(model, images), true, variables(model))!;
  const [loss] = await value.data();
  value.dispose();
  return loss!;
}

export const weightsOf = async (model: LayersModel) =>
  Promise.all(model.getWeights().map(async (weight) => [...(await weight.data())]));

/** The model as it comes back from files: topology and metadata through JSON, weights through bytes. */
export async function savedAndLoaded(model: LayersModel): Promise<LayersModel> {
  let loaded: Promise<LayersModel> | undefined;
  await model.save(
    tf.io.withSaveHandler(async ({ weightData, ...artifacts }) => {
      const json = JSON.parse(JSON.stringify(artifacts)) as tf.io.ModelArtifacts;
      loaded = loadLayersModel(tf.io.fromMemory({ ...json, ...(weightData && { weightData }) }));
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }),
  );
  return loaded!;
}

export async function expectFinite(tensors: readonly tf.Tensor[]): Promise<void> {
  for (const tensor of tensors) expect([...(await tensor.data())].every(Number.isFinite)).toBe(true);
}
