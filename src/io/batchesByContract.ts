import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Preprocessing } from "../images/preprocessing.js";
import type { Dataset, Study } from "../labels/dataset.js";
import { contractOf } from "../models/contract.js";
import type { BatchSource } from "../training/batch.js";
import { assertFormat } from "../training/contractCheck.js";
import { imageBatches } from "./imageBatches.js";

/**
 * Batches of films as a model's contract says.
 *
 * @throws ModelError when the contract names a preprocessing other than `preprocess`
 */
export function batchesByContract<S extends Study>(
  model: LayersModel,
  dataset: Dataset<S>,
  preprocess: Preprocessing | undefined,
): BatchSource<S> {
  const { input } = contractOf(model);
  const { height, width, channels, normalization } = input;
  const source = imageBatches(dataset, {
    size: [height, width],
    channels,
    ...(normalization && { normalization }),
    ...(preprocess && { preprocess }),
  });
  assertFormat(input, source.format, "options.preprocess");
  return source;
}
