import { dispose, type Tensor, type Tensor4D, tidy } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { releaseTape } from "../models/releaseTape.js";

/** A model's outputs in inference mode. */
export const outputsOf = (model: LayersModel, input: Tensor4D): Tensor[] =>
  [model.apply(input, { training: false })].flat() as Tensor[];

/** The values of tensors that something computes; the tensors, and those on the way, are freed. */
export async function downloaded(compute: () => Tensor[]): Promise<Float32Array[]> {
  let results: Tensor[] = [];
  try {
    results = tidy(compute);
    return (await Promise.all(results.map((result) => result.data()))) as Float32Array[];
  } catch (error) {
    releaseTape();
    throw error;
  } finally {
    dispose(results);
  }
}
