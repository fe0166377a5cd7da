import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ModelError } from "../errors.js";
import { type AssignWeightsOptions, assignWeights, type StoredTensor } from "./assignWeights.js";
import { parseSafetensors, type Safetensor } from "./safetensors.js";
import { detectNames, type NameMap } from "./torchNames.js";
import { torchWeight } from "./torchWeight.js";
import { type WeightedLayer, weightedLayers } from "./weightedLayers.js";
import type { SkippedTensors, WeightReport } from "./weightReport.js";

/** How {@link loadSafetensors} reads a file. */
export interface LoadSafetensorsOptions extends AssignWeightsOptions {
  /**
   * Which layer takes each PyTorch module's tensors. By default {@link torchDenseNet} or {@link torchResNet}, whichever
   * the file's keys fit. Your own can build on them: `(module) => module === "head" ? "predictions" : torchResNet(module)`.
   */
  readonly names?: NameMap;
  /** Name of the file, for errors. */
  readonly file?: string;
}

/** The head that classifiers of this library have; a model without one takes the rest. */
const head = "predictions";

/**
 * Gives a model the weights of a PyTorch state dict in the safetensors format: torchvision's DenseNets and ResNets,
 * torchxrayvision's, CheXNet's, and what was trained from them, in {@link denseNet} and {@link resNet}. In Python, once:
 *
 *     import safetensors.torch, torch
 *     safetensors.torch.save_file(torch.load("model.pt", map_location="cpu", weights_only=True), "model.safetensors")
 *
 * A checkpoint that holds more than the state dict has it under a key such as ["state_dict"] or ["model"]. A file
 * that holds a whole pickled model, as torchxrayvision's DenseNets, is loaded by its own library first:
 * `torchxrayvision.models.DenseNet(weights="densenet121-res224-all").state_dict()`. Then
 *
 * ```ts
 * import { denseNet, loadSafetensors } from "radiolucent";
 * const model = denseNet({ depth: 121, height: 224, width: 224, classes });
 * const report = loadSafetensors(model, await readFile("model.safetensors"));
 * ```
 *
 * with `classes` in the order of the file's outputs. Torchxrayvision has 18, and an empty name for those that a network
 * was not trained for: give each a name of its own, such as "unused 15". Its DenseNets were trained at 224 pixels, its
 * ResNet50 at 512.
 *
 * Kernels are turned to TensorFlow.js's layout: [out, in, rows, columns] becomes [rows, columns, in, out], that of a
 * depthwise convolution [rows, columns, in, multiplier], and a linear layer's [out, in] becomes [in, out]. F32, F16, BF16
 * and F64 are read; F64 is rounded, which the report says. Counters (`num_batches_tracked`) and torchxrayvision's decision
 * thresholds (`op_threshs`) have no place in a layer and stand in the report as skipped, as does every tensor that is
 * not used. A model without the head `predictions` takes all but the head. For other findings than the file's, leave
 * the head out with `skip: ["predictions"]`.
 *
 * The logits are those of the PyTorch model, for the same input, to float32's rounding. DenseNet here adds 1.001e-5 to
 * variances where PyTorch adds 1e-5: a channel whose variance is near 0 is scaled by up to 0.05% less. Torchxrayvision then
 * applies a sigmoid and, with its thresholds, moves each threshold to 0.5; that part is not in the model.
 *
 * **The same input** means the values that the network was trained on; say them in the contract before you train or
 * predict, since a file of weights does not hold them. Torchxrayvision's networks take [-1024, 1024], which is
 * `{ method: "statistics", mean: 0.5, standardDeviation: 1 / 2048 }`:
 *
 * ```ts
 * const contract = contractOf(model);
 * const normalization = { method: "statistics", mean: 0.5, standardDeviation: 1 / 2048 } as const;
 * setContract(model, { ...contract, input: { ...contract.input, normalization, range: [-1024, 1024] } });
 * ```
 *
 * Torchvision's take ImageNet's means and deviations channel by channel; for grey images the common
 * `{ mean: 0.449, standardDeviation: 0.226 }` is close.
 *
 * @param bytes the file; a Node Buffer will do
 * @returns what was loaded, skipped and missing
 * @throws ModelError for a file that {@link parseSafetensors} refuses, keys that fit no known network when `names` is
 *   absent, two keys for one weight, a tensor that is not of floats, a parameter that the layer does not have, a module
 *   whose layer the model lacks (unless it is the head, in `skip`, or `require` is "some": a ResNet18 must not take a
 *   ResNet34's weights in part), and all that {@link assignWeights} refuses, such as another shape
 * @throws ArgumentError for a name in `skip` that is neither in the model nor in the file
 */
export function loadSafetensors(
  model: LayersModel,
  bytes: Uint8Array,
  options: LoadSafetensorsOptions = {},
): WeightReport {
  const { names, file = "safetensors", ...rest } = options;
  const { tensors } = parseSafetensors(bytes, file);
  const keys = [...tensors.keys()];
  const map = names ?? detectNames(keys.map((key) => splitKey(key)[0]));
  if (map === undefined) {
    throw new ModelError(
      "names",
      `${file}: its keys (${keys.slice(0, 5).join(", ")}, ...) are of no network that is known here; say which layer takes what with options.names`,
    );
  }

  const targets = weightedLayers(model);
  const stored = new Map<string, Map<string, StoredTensor>>();
  const skipped: SkippedTensors[] = [];
  let counters = 0;
  for (const [key, tensor] of tensors) {
    const [module, parameter] = splitKey(key);
    if (parameter === "num_batches_tracked") {
      counters++;
      continue;
    }
    const layer = map(module);
    if (layer === undefined) {
      skipped.push({ name: key, reason: reasonFor(key) });
      continue;
    }
    const target = targetOf(layer, targets);
    if (target === undefined) checkAbsent(layer, key, file, model, rest);
    const source: StoredTensor = { ...floats(key, tensor, file), name: `${file}: ${key}` };
    const weight = torchWeight(parameter, source, target?.layer);
    if (weight === undefined) {
      if (isSkipped(layer, target!, rest)) continue;
      throw unknownParameter(key, target!, file);
    }
    const weights = stored.get(layer) ?? new Map<string, StoredTensor>();
    const earlier = weights.get(weight[0]);
    if (earlier !== undefined) {
      throw new ModelError(
        layer,
        `${earlier.name} and ${key} both belong to ${weight[0]} of layer "${layer}"; choose between them with options.names`,
      );
    }
    stored.set(layer, weights.set(...weight));
  }
  if (counters > 0) {
    skipped.push({
      name: "num_batches_tracked",
      reason: `${counters} counters of training steps; no layer here keeps one`,
    });
  }
  const report = assignWeights(model, stored, rest);
  return { ...report, skipped: [...report.skipped, ...skipped] };
}

/** A key is a module's path, a dot, and a parameter's name. */
function splitKey(key: string): readonly [module: string, parameter: string] {
  const dot = key.lastIndexOf(".");
  return [key.slice(0, Math.max(dot, 0)), key.slice(dot + 1)];
}

function reasonFor(key: string): string {
  return /(?:^|\.)op_threshs$/.test(key)
    ? "torchxrayvision's decision thresholds on probabilities, which are not weights"
    : "no layer is known for it";
}

function targetOf(layer: string, targets: readonly WeightedLayer[]): WeightedLayer | undefined {
  return targets.find(({ path }) => path === layer) ?? targets.find(({ name }) => name === layer);
}

function isSkipped(
  layer: string,
  { path, name }: Pick<WeightedLayer, "path" | "name">,
  { skip = [] }: LoadSafetensorsOptions,
): boolean {
  return skip.some(
    (entry) => entry === layer || entry === name || entry === path || path.startsWith(`${entry}/`),
  );
}

function checkAbsent(
  layer: string,
  key: string,
  file: string,
  model: LayersModel,
  options: LoadSafetensorsOptions,
): void {
  if (layer === head || options.require === "some" || isSkipped(layer, { path: layer, name: layer }, options))
    return;
  throw new ModelError(
    layer,
    `${file}: ${key} belongs to layer "${layer}", which model "${model.name}" does not have; build the network that the weights are of, or allow gaps with { require: "some" }`,
  );
}

function unknownParameter(key: string, { path, layer, weights }: WeightedLayer, file: string): ModelError {
  const known = weights.map(({ name }) => name).join(", ");
  return new ModelError(
    path,
    `${file}: ${key} has no counterpart in layer "${path}" (${layer.getClassName()}), which has ${known}; map it to another layer with options.names, or leave the layer out with { skip: ["${path}"] }`,
  );
}

function floats(
  key: string,
  { dtype, shape, values }: Safetensor,
  file: string,
): Pick<StoredTensor, "shape" | "values" | "converted"> {
  if (values instanceof Float32Array) return { shape, values };
  if (values instanceof Float64Array) {
    return { shape, values: Float32Array.from(values), converted: "rounded from F64 to F32" };
  }
  throw new ModelError(
    key,
    `${file}: ${key} has dtype ${dtype}; weights are floats: F32, F16, BF16 or F64. Dequantize it before saving`,
  );
}
