import type { io } from "@tensorflow/tfjs-core";
import { type LayersModel, loadLayersModel } from "@tensorflow/tfjs-layers";
import { isRadiolucentError, ModelError } from "../../errors.js";
import { honourTrainable } from "../../layers/honourTrainable.js";
import { registerLayers } from "../../layers/registerLayers.js";
import { assignWeights } from "../../models/assignWeights.js";
import type { ModelInput } from "../../models/contract.js";
import type { LayerConfig } from "../../models/kerasLayer.js";
import { kerasVersion } from "../../models/kerasLayer.js";
import { kerasModel } from "../../models/kerasTopology.js";
import { giveContract, type HeadClasses } from "./giveContract.js";
import { readKerasFile } from "./kerasFile.js";
import { outputsAsLogits } from "./outputsAsLogits.js";
import { storedWeights } from "./storedWeights.js";

/** What the file cannot say of a model. */
export interface LoadKerasModelOptions {
  /**
   * Names of the columns of the output, or of the masks, each once; for a model with several outputs by the output
   * layer's name. With them the model becomes one of this library's: it carries a contract and gives logits. Without
   * them it stays what it was: no contract, probabilities where it ends in a sigmoid.
   */
  readonly classes?: HeadClasses;
  /**
   * How pixels become its input: what the model was trained with. `predict` needs it, with `classes`; without it the
   * contract leaves it open.
   */
  readonly input?: Pick<ModelInput, "normalization" | "preprocessing" | "range">;
  /** Name in the contract, such as "denseNet121"; the model's own name by default. */
  readonly architecture?: string;
}

/**
 * Loads a whole model that Keras saved: .h5 and .hdf5 of Keras 1.2, 2 and 3 (`model.save("model.h5")`), and .keras of
 * Keras 3 and TensorFlow 2.12 on (`model.save("model.keras")`). Its outputs are those of Keras but for rounding.
 *
 * ```ts
 * const bytes = await readFile("pneumonia.keras");
 * const input = { normalization: { method: "unit" } } as const;
 * const model = await loadKerasModel(bytes, { classes: ["Pneumonia"], input });
 * const { probabilities } = await predict(model, batches);
 * ```
 *
 * With `classes`, a sigmoid at the end of an output is taken off, in the last layer or in an activation layer, since the
 * heads of this library give logits; `predict` puts it back, and so do the losses. An output without an activation is
 * taken for logits already. One that ends in a softmax or another function has no logit for each class and is refused:
 * load it without `classes`.
 *
 * A model's architecture is built from TensorFlow.js's own layers, and classes that were registered with
 * `tf.serialization.registerClass`. Layers that augment pictures in training change nothing here. Batch normalisation
 * saved without scale or center gets gamma 1 and beta 0. Frozen batch normalisation stays frozen. The optimizer, losses and
 * metrics are not loaded: compile the model, or give it to `fit`.
 *
 * What {@link loadKerasWeights} says of damaged files and of files from strangers holds here too.
 *
 * @param bytes the whole file
 * @throws ModelError, its `subject` "file", for a file of another kind, cut short, damaged or without an architecture;
 *   its `subject` a layer, for one that TensorFlow.js lacks or computes otherwise, and for weights that don't fit; its
 *   `subject` "classes" when they are as many as an output has columns, or it is unclear for which output; no tensor is
 *   left then
 */
export async function loadKerasModel(
  bytes: Uint8Array,
  options: LoadKerasModelOptions = {},
): Promise<LayersModel> {
  const file = await readKerasFile(bytes);
  if (file.config === undefined) {
    throw new ModelError(
      "file",
      "the file holds weights without an architecture; build the model here and use loadKerasWeights, or save it in Keras with model.save",
    );
  }
  const theirs = kerasModel(file.config, kerasVersion(file.version, file.placed ? 3 : 1));
  const topology = options.classes === undefined ? theirs : outputsAsLogits(theirs);
  const model = await build(topology);
  try {
    assignWeights(model, storedWeights(file, model), { convertStem: false });
    honourTrainable(model);
    if (options.classes !== undefined) giveContract(model, options.classes, options);
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}

async function build(topology: LayerConfig): Promise<LayersModel> {
  registerLayers();
  const artifacts = { modelTopology: topology as unknown as io.ModelArtifacts["modelTopology"] & object };
  try {
    return await loadLayersModel({ load: async () => artifacts });
  } catch (error) {
    if (!(error instanceof Error) || isRadiolucentError(error)) throw error;
    throw new ModelError(
      "file",
      `TensorFlow.js cannot build the model of this file: ${error.message}; build it here and use loadKerasWeights`,
      { cause: error },
    );
  }
}
