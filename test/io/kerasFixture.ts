import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import { type LayersModel, layers, sequential } from "@tensorflow/tfjs-layers";
import { unzipSync } from "fflate";

const path = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** Small files in the layouts of Keras, by name. */
export const kerasFiles: Readonly<Record<string, Uint8Array>> = unzipSync(readFileSync(path("keras.zip")));

/** What is in them, and what they give for one batch of images. */
export const kerasReference = JSON.parse(readFileSync(path("keras.json"), "utf8")) as {
  readonly image: readonly number[];
  readonly imageShape: [number, number, number, number];
  readonly weights: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
  readonly outputs: Readonly<Record<"network" | "keras1" | "branched", readonly (readonly number[])[]>>;
  readonly topologies: Readonly<Record<"sequential" | "nested" | "branched", Record<string, unknown>>>;
};

/** The network whose weights most of the files hold. */
export function network({ channels = 1, units = 2 } = {}): LayersModel {
  return sequential({
    layers: [
      layers.conv2d({
        name: "stem",
        inputShape: [6, 5, channels],
        filters: 3,
        kernelSize: 3,
        padding: "same",
        activation: "relu",
      }),
      layers.batchNormalization({ name: "norm" }),
      layers.depthwiseConv2d({ name: "depth", kernelSize: 3, padding: "same", useBias: false }),
      layers.batchNormalization({ name: "norm_2" }),
      layers.globalAveragePooling2d({ name: "mean" }),
      layers.dense({ name: "head", units, activation: "sigmoid" }),
    ],
  });
}

/** What a model gives for the reference images: one row an image, the columns of its outputs one after another. */
export async function outputsOf(model: LayersModel): Promise<number[][]> {
  const images = tensor([...kerasReference.image], kerasReference.imageShape);
  const outputs = [model.predict(images)].flat();
  const values = (await Promise.all(outputs.map((output) => (output as Tensor).array()))) as number[][][];
  for (const output of [images, ...outputs]) output.dispose();
  return values[0]!.map((_, row) => values.flatMap((columns) => columns[row]!));
}

/** Greatest difference between two tables of numbers. */
export function worstDifference(
  a: readonly (readonly number[])[],
  b: readonly (readonly number[])[],
): number {
  return Math.max(...a.flatMap((row, i) => row.map((value, j) => Math.abs(value - b[i]![j]!))));
}
