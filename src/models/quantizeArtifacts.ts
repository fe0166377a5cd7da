import { type io, util } from "@tensorflow/tfjs-core";
import { ArgumentError, ModelError } from "../errors.js";
import { channelLayout } from "./channelLayout.js";
import { type QuantizedWeight, quantizeToBytes, quantizeToHalf } from "./quantizeWeight.js";
import { layerPart, plainWeightName, type TopologyLayer, topologyLayers } from "./topologyLayers.js";
import { bytesOfEntries, bytesOfEntry, entriesWithBytes, joinedWeights } from "./weightEntries.js";

/** How {@link quantizeArtifacts} makes weights small. */
export interface QuantizationOptions {
  /** "float16" (a half of float32's size) or "uint8" (a quarter). */
  readonly method: "float16" | "uint8";
  /**
   * With "uint8": a scale for each output channel instead of one for the whole weight, which is more exact. Only this
   * library reads such a model; TensorFlow.js itself refuses it. Default false.
   */
  readonly perChannel?: boolean;
  /**
   * Which weights stay as they are. Default: those of fewer than two axes, which are biases and the statistics of batch
   * normalisation.
   */
  readonly keep?: (name: string, shape: readonly number[]) => boolean;
}

/** What became of one weight. */
export interface WeightQuantization {
  /** Its name: the layer's, and its own. */
  readonly name: string;
  /** Its shape. */
  readonly shape: readonly number[];
  /** How it is stored now. */
  readonly storedAs: "float16" | "uint8" | "uint8-per-channel" | "as it was";
  /** Why it is as it was: it was to be kept, is not of float32 or empty, or its values are too large for the method. */
  readonly reason?: "kept" | "not float32" | "empty" | "too large";
  /** Before. */
  readonly bytesBefore: number;
  /** After, with its scales. */
  readonly bytesAfter: number;
  /** Greatest absolute difference of a value. */
  readonly greatestError: number;
  /** Mean absolute difference of the values. */
  readonly meanError: number;
}

/** What became of a model's weights. */
export interface QuantizationReport {
  /** Bytes of all weights before. */
  readonly bytesBefore: number;
  /** Bytes of all weights after, with their scales. */
  readonly bytesAfter: number;
  /** One for each weight, in order. */
  readonly weights: readonly WeightQuantization[];
}

/**
 * Stores the weights of a model in fewer bytes, after training. Computations stay in float32: {@link openModel},
 * `loadModel` and TensorFlow.js's `loadLayersModel` turn the weights back when they load them. `quantizeModel` of
 * radiolucent/node does it for a folder. Measure what it costs with `compareModels`.
 *
 * "float16" rounds to the nearest half, ties to even; a weight with a value of 65520 or more, which would become
 * infinite, stays as it was. "uint8" maps [least, greatest] of a weight, or of each of its output channels, to 0 ... 255:
 * value = byte * scale + min, within half a scale (and float32's rounding), with 0 exact where it lies in the range, and exact for a weight that is
 * constant; a weight with values or a range beyond 1e38 stays as it was. A channel of fewer than four values gets no scale
 * of its own. Both write what TensorFlow.js's converter writes (`--quantize_float16`, `--quantize_uint8`) but for
 * `perChannel`, whose weights have the quantisation dtype "uint8-per-channel": TensorFlow.js refuses such a weight by its
 * name rather than misread it.
 *
 * Source: the affine quantisation of Jacob et al. (CVPR 2018), for weights only, as in TensorFlow Lite's dynamic-range
 * quantisation.
 *
 * @throws ModelError, its `subject` the weight, for one that is NaN or infinite, or quantised already
 * @throws ArgumentError for another method, or `perChannel` with "float16"
 */
export function quantizeArtifacts(
  artifacts: io.ModelArtifacts,
  options: QuantizationOptions,
): {
  /** The model with its quantised weights. */
  readonly artifacts: io.ModelArtifacts;
  /** What became of each weight. */
  readonly report: QuantizationReport;
} {
  checkOptions(options);
  const { weightSpecs = [], modelTopology } = artifacts;
  const layers = topologyLayers(modelTopology);
  const stored = [...entriesWithBytes(weightSpecs, joinedWeights(artifacts.weightData))].map(
    ({ entry, bytes }) => storedWeight(entry, bytes, options, layers),
  );
  const entries = stored.map(({ entry }) => entry);
  return {
    artifacts: {
      ...artifacts,
      weightSpecs: entries,
      weightData: joinedWeights(stored.map(({ bytes }) => bytes)),
    },
    report: {
      bytesBefore: bytesOfEntries(weightSpecs),
      bytesAfter: bytesOfEntries(entries),
      weights: stored.map(({ report }) => report),
    },
  };
}

interface StoredWeight {
  readonly entry: io.WeightsManifestEntry;
  readonly bytes: ArrayBuffer;
  readonly report: WeightQuantization;
}

function storedWeight(
  entry: io.WeightsManifestEntry,
  bytes: ArrayBuffer,
  options: QuantizationOptions,
  layers: ReadonlyMap<string, TopologyLayer>,
): StoredWeight {
  const { name, shape, dtype } = entry;
  const asItWas = (reason: NonNullable<WeightQuantization["reason"]>): StoredWeight => {
    const sizes = { bytesBefore: bytes.byteLength, bytesAfter: bytes.byteLength };
    const report = {
      name,
      shape,
      storedAs: "as it was",
      reason,
      ...sizes,
      greatestError: 0,
      meanError: 0,
    } as const;
    return { entry, bytes, report };
  };
  if (entry.quantization) {
    throw new ModelError(
      name,
      `weight "${name}" is stored as ${entry.quantization.dtype} already; quantise the model as it was trained`,
    );
  }
  const keep = options.keep ?? ((_, { length: axes }) => axes < 2);
  if (keep(name, shape)) return asItWas("kept");
  if (dtype !== "float32") return asItWas("not float32");
  if (util.sizeFromShape(shape) === 0) return asItWas("empty");
  const values = new Float32Array(bytes);
  const quantized = quantizedWeight(entry, values, options, layers);
  if (!quantized) return asItWas("too large");
  return {
    entry: quantized.entry,
    bytes: quantized.bytes.buffer,
    report: {
      name,
      shape,
      storedAs: quantized.entry.quantization!.dtype as "float16" | "uint8",
      bytesBefore: bytes.byteLength,
      bytesAfter: bytesOfEntry(quantized.entry),
      ...errorsOf(values, quantized),
    },
  };
}

function quantizedWeight(
  entry: io.WeightsManifestEntry,
  values: Float32Array,
  { method, perChannel = false }: QuantizationOptions,
  layers: ReadonlyMap<string, TopologyLayer>,
): QuantizedWeight | undefined {
  if (method === "float16") return quantizeToHalf(entry, values);
  if (!perChannel || entry.shape.length < 2) return quantizeToBytes(entry, values);
  const layer = layers.get(layerPart(plainWeightName(entry.name, layers)));
  const layout = channelLayout(entry.name, entry.shape, layer?.type);
  return quantizeToBytes(entry, values, values.length < 4 * layout.channels ? undefined : layout);
}

function errorsOf(values: Float32Array, { restored }: QuantizedWeight) {
  let [greatestError, sum] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const error = Math.abs(restored(i) - values[i]!);
    if (error > greatestError) greatestError = error;
    sum += error;
  }
  return { greatestError, meanError: sum / values.length };
}

function checkOptions({ method, perChannel }: QuantizationOptions): void {
  if (method !== "float16" && method !== "uint8") {
    throw new ArgumentError("options.method", `is ${method}; expected "float16" or "uint8"`);
  }
  if (perChannel && method === "float16") {
    throw new ArgumentError(
      "options.perChannel",
      'has no meaning with "float16", which has no scale; leave it out',
    );
  }
}
