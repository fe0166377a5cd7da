import { createRequire } from "node:module";
import { basename, dirname } from "node:path";
import { ready, type Tensor } from "@tensorflow/tfjs-core";
import { type LayersModel, layers, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { importPackage, requirePackage } from "../backends/importPackage.js";
import { isRadiolucentError, ModelError } from "../errors.js";
import { contractOf } from "../models/contract.js";
import { replaceFiles } from "./replaceFiles.js";

const { version } = createRequire(import.meta.url)("../../package.json") as { readonly version: string };

/** Key of the contract among the metadata. */
const contractKey = "radiolucent.contract";

/**
 * Writes a model as one `.onnx` file (ONNX 1.12 or later: operator set 17, no operator beyond ONNX's own), weights
 * included, for ONNX Runtime in any language, a browser or a server. It gives what `model.predict` gives, to the last
 * digits of float32: layers such as dropout and batch normalisation are in inference mode, and what the model itself
 * leaves to the caller, such as the normalisation of images and the sigmoid of logits, is left to the caller here too.
 *
 * - Inputs have the names of the model's input layers (`model.inputNames`), the model's types and shapes [batch, height,
 *   width, channels], where the batch may be of any size of at least 1 and all else is fixed.
 * - Outputs have the names of the model's output layers (`model.outputNames`), batch first. Where a name is taken, as by
 *   an input that is an output too, `_1` is added.
 * - The model's contract, as JSON, is the metadata `radiolucent.contract`; thresholds that are NaN are null there. A model
 *   without a contract has no such metadata.
 * - Weights carry the names of the layers' variables, such as `conv1/conv/kernel`. Filters of convolutions lie as ONNX has
 *   them, [out, in, height, width].
 *
 * Nothing is computed, and `onnxruntime-node` is not needed. Model, TensorFlow.js's backend and memory stay as they are.
 *
 * @param model any layers model whose inputs have a fixed size but for the batch
 * @param file where to write it, in a folder that is made where it is absent; a file that is there is replaced as a whole.
 * Nothing is written without it
 * @returns the file's content
 * @throws ModelError when an input's size is open, a layer does something that has no ONNX form (`subject` is the layer's
 * name; the message names TensorFlow.js's kernel), or the batch size cannot stay open
 * @throws BackendError when `@tensorflow/tfjs-backend-cpu` is not installed, which is needed to record the model
 */
export async function exportOnnx(model: LayersModel, file?: string): Promise<Uint8Array> {
  if (model.inputs.length === 0) {
    throw new ModelError(
      model.name,
      `model "${model.name}" has no inputs; give it layers, the first one with an inputShape`,
    );
  }
  const inputs = model.inputs.map((input, i) => inputOf(input, model.inputNames[i]!));
  await requirePackage(importPackage, "@tensorflow/tfjs-backend-cpu", {
    backend: "onnx",
    packages: ["@tensorflow/tfjs-backend-cpu"],
  });
  // Not imported with this module, for users who export nothing and lack what it imports.
  const { exportModel, ValueNeeded } = await import("../backends/onnx/exportModel.js");
  const weights = await Promise.all(
    model.weights.map(async (weight) => {
      const tensor = weight.read();
      return { name: weight.originalName, tensor, values: await tensor.data() };
    }),
  );
  await ready();
  const bytes = exportModel({
    name: model.name,
    inputs,
    outputs: model.outputNames,
    weights,
    metadata: metadataOf(model),
    producer: { name: "radiolucent", version },
    call: (tensors) =>
      naming(
        (error) => error instanceof ValueNeeded,
        () => [model.apply(tensors, { training: false })].flat() as Tensor[],
      ),
  });
  if (file !== undefined) await replaceFiles(dirname(file), { [basename(file)]: bytes });
  return bytes;
}

function inputOf({ shape: [, ...shape], dtype }: SymbolicTensor, name: string) {
  if (shape.some((length) => length === null)) {
    const lengths = ["batch", ...shape.map((length) => length ?? "any")].join(", ");
    throw new ModelError(
      name,
      `input "${name}" is [${lengths}]: only the batch may have any size; build the ` +
        "model for one size of images",
    );
  }
  if (dtype !== "float32" && dtype !== "int32" && dtype !== "bool") {
    throw new ModelError(name, `input "${name}" holds ${dtype}; expected float32, int32 or bool`);
  }
  return { name, dtype, shape: shape as number[] };
}

function metadataOf(model: LayersModel): Record<string, string> {
  try {
    return { [contractKey]: JSON.stringify(contractOf(model)) };
  } catch (error) {
    if (isRadiolucentError(error, "model")) return {};
    throw error;
  }
}

/** Runs layers, and says in which one a value was asked for. */
function naming<T>(
  isValueNeeded: (error: unknown) => error is { readonly kernel: string | undefined },
  run: () => T,
): T {
  const { prototype } = layers.Layer;
  const { apply } = prototype;
  prototype.apply = function (...call) {
    try {
      return apply.apply(this, call);
    } catch (error) {
      if (!isValueNeeded(error)) throw error;
      const what = error.kernel === undefined ? "reading values" : `the kernel ${error.kernel}`;
      throw new ModelError(
        this.name,
        `layer "${this.name}" (${this.getClassName()}) does what has no ONNX form: ${what}; export the model without the ` +
          "layer, or with others in its place",
        { cause: error },
      );
    }
  };
  try {
    return run();
  } finally {
    prototype.apply = apply;
  }
}
