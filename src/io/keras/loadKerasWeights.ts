import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type AssignWeightsOptions, assignWeights } from "../../models/assignWeights.js";
import type { WeightReport } from "../../models/weightReport.js";
import { readKerasFile } from "./kerasFile.js";
import { storedWeights } from "./storedWeights.js";

/**
 * Loads weights that Keras saved into a model whose layers have the same names.
 *
 * ```ts
 * const model = denseNet({ depth: 121, height: 224, width: 224, classes: ["Edema", "Effusion"] });
 * const report = await loadKerasWeights(model, await readFile("densenet121.h5"), { skip: ["predictions"] });
 * console.log(formatWeightReport(report));
 * ```
 *
 * In Keras, save with one of
 *
 * ```python
 * model.save("model.keras")               # Keras 3, and TensorFlow from 2.12 on: the surest
 * model.save_weights("model.weights.h5")  # the same, without the configuration
 * model.save("model.h5")                  # any Keras; whole model
 * model.save_weights("weights.h5")        # Keras 1 and 2
 * ```
 *
 * What the file is follows from its content, not its name:
 * - .h5 and .hdf5 of Keras 1, 2 and 3, weights only or whole models: layers have names there. The layers of a model inside
 *   the model are found by their own names, so the weights of a backbone fit into a flat model and the other way round.
 * - .keras of Keras 3 and TensorFlow 2.12 on: the configuration in it says which layer stands where.
 * - .weights.h5 of Keras 3 and TensorFlow 2.12 on: newer ones hold names. Older ones hold only places, "the second Conv2D
 *   layer"; they are counted in the model, as Keras itself does, and the report says so for each layer. The layers must
 *   then be the same ones in the same order, so a .keras file is better.
 *
 * Numbers become float32, bfloat16 too. Optimizer states are not read. Kernels of Theano and kernels with channels first
 * (Keras 1, dim_ordering "th") are refused, since TensorFlow.js would compute with mirrored ones; from Keras 1 with Theano
 * and dim_ordering "tf" they cannot be told apart. A dense layer after a flattened map with channels first is ordered
 * otherwise, too, which the file doesn't say where it holds weights only.
 *
 * An .h5 file has no checksums. One that is damaged is a ModelError where the damage shows; damaged numbers are loaded as
 * they are, and damage to its inner lists can make the HDF5 library run without end. Files from strangers belong in a
 * worker thread that you end after a while. A .keras file is held against its checksums first, which tells damage, not
 * ill will.
 *
 * @param bytes the whole file
 * @param options what to leave out, and what to do with gaps
 * @returns what was loaded, skipped and missing; when an error is thrown the model is as it was
 * @throws ModelError for a file of another kind, cut short or damaged (`subject` "file"), for layouts that are refused,
 *   and whatever {@link assignWeights} refuses
 */
export async function loadKerasWeights(
  model: LayersModel,
  bytes: Uint8Array,
  options: AssignWeightsOptions = {},
): Promise<WeightReport> {
  return assignWeights(model, storedWeights(await readKerasFile(bytes), model), options);
}
