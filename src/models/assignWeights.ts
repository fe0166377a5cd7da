import { tensor, tidy } from "@tensorflow/tfjs-core";
import type { LayersModel, layers } from "@tensorflow/tfjs-layers";
import { ArgumentError, ModelError } from "../errors.js";
import { stemKernel } from "./stemKernel.js";
import { isBatchNormalization, type WeightedLayer, weightedLayers } from "./weightedLayers.js";
import type { LoadedLayer, MissingWeight, SkippedTensors, WeightReport } from "./weightReport.js";

/** Numbers for one weight, read from somewhere, in TensorFlow.js's layout. */
export interface StoredTensor {
  /** Sizes of its axes; [] for one number. */
  readonly shape: readonly number[];
  /** The numbers, last axis fastest. */
  readonly values: Float32Array;
  /** Where it came from, such as its path in a file; messages say it. */
  readonly name: string;
  /** How a reader changed it on the way, such as "turned from channels first"; the report says it. */
  readonly converted?: string;
}

/** Stored numbers by the layer's name, and then by the weight's name: kernel, bias, gamma, moving_mean and so on. */
export type StoredWeights = ReadonlyMap<string, ReadonlyMap<string, StoredTensor>>;

/** How {@link assignWeights} treats what doesn't fit. */
export interface AssignWeightsOptions {
  /**
   * Layers to leave as they are, such as a head for other classes: names of the model's layers or of stored ones; that
   * of a nested model stands for all its layers.
   */
  readonly skip?: readonly string[];
  /**
   * "all", the default: an error when a layer that is not in `skip` gets no numbers. "some": such layers keep what they
   * have and stand in the report as missing.
   */
  readonly require?: "all" | "some";
  /**
   * Whether the first convolution may be turned from three channels into one or back, true by default. Summed over its
   * input channels, a kernel gives for a grey image what it gave for that image repeated three times. Divided by three
   * and repeated, it gives for three equal channels what it gave for one. Both are exact (to rounding) where all
   * channels are normalised alike. Where each had its own mean and deviation, as with ImageNet's, the sum expects one
   * common normalisation, which is close but not the same: (unit - 0.449) / 0.226 lies in the middle of ImageNet's.
   */
  readonly convertStem?: boolean;
}

interface Assignment {
  readonly variable: WeightedLayer["weights"][number]["variable"];
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * Gives a model's layers the numbers that are stored under their names. Everything is checked first: when an error is
 * thrown, the model is as it was.
 *
 * A layer is looked up by its name, one inside a nested model by "nested/layer" and then by "layer". A weight is named
 * by what follows its layer's name in TensorFlow.js: kernel, bias, depthwise_kernel, pointwise_kernel, gamma, beta,
 * moving_mean, moving_variance, and so on. Batch normalisation that was stored without gamma or beta gets gamma 1 and
 * beta 0, which says the same; the report calls it converted, and the first convolution's change of channels too.
 *
 * @returns what was loaded, skipped and missing
 * @throws ModelError, its `subject` the layer's name, when shapes differ, when numbers are not finite or too few, when a
 *   layer stores a weight that the model's layer does not have, when a layer has no numbers (unless `require` is
 *   "some"), and when no layer at all has any
 * @throws ArgumentError for a name in `skip` that is neither in the model nor stored
 */
export function assignWeights(
  model: LayersModel,
  stored: StoredWeights,
  options: AssignWeightsOptions = {},
): WeightReport {
  const { skip = [], require = "all", convertStem = true } = options;
  if (require !== "all" && require !== "some") {
    throw new ArgumentError("options.require", `is "${String(require)}"; expected "all" or "some"`);
  }
  const targets = weightedLayers(model);
  checkSkip(skip, model, targets, stored);
  const skips = ({ path, name }: WeightedLayer) =>
    skip.some((entry) => entry === path || entry === name || path.startsWith(`${entry}/`));

  const loaded: LoadedLayer[] = [];
  const skipped: SkippedTensors[] = [];
  const missing: MissingWeight[] = [];
  const assignments: Assignment[] = [];
  const faults: ModelError[] = [];
  const used = new Set<string>();
  for (const target of targets) {
    const key = storedName(target, targets, stored);
    if (key !== undefined) used.add(key);
    if (skips(target)) {
      skipped.push({ name: target.path, reason: "named in skip" });
      continue;
    }
    const given = key === undefined ? undefined : stored.get(key);
    if (given === undefined || given.size === 0) {
      for (const { name } of target.weights) missing.push({ layer: target.path, weight: name });
      continue;
    }
    const converted: string[] = [];
    const names: string[] = [];
    for (const { name, variable } of target.weights) {
      const shape = variable.shape as number[];
      const found = given.get(name) ?? absentScaleOrShift(target.layer, name, given, shape);
      if (found === undefined) {
        missing.push({ layer: target.path, weight: name });
        continue;
      }
      const fault = faultyNumbers(target.path, found);
      if (fault !== undefined) {
        faults.push(fault);
        continue;
      }
      const turned = convertStem ? stemKernel(target.layer, name, found, shape) : undefined;
      const source = turned ?? found;
      if (!sameShape(source.shape, shape)) {
        faults.push(wrongShape(target.path, name, found, shape));
        continue;
      }
      const notes = [found.converted, turned?.converted].filter((note) => note !== undefined);
      converted.push(...notes.map((note) => `${name} ${note}`));
      names.push(name);
      assignments.push({ variable, shape, values: source.values });
    }
    for (const [name, extra] of given) {
      if (!target.weights.some((weight) => weight.name === name)) {
        faults.push(unknownWeight(target, name, extra));
      }
    }
    loaded.push({
      layer: target.path,
      weights: names,
      ...(converted.length > 0 && { converted: converted.join("; ") }),
    });
  }
  for (const [name, weights] of stored) {
    if (used.has(name) || weights.size === 0) continue;
    const reason = skip.includes(name) ? "named in skip" : "the model has no layer of this name with weights";
    skipped.push({ name, reason });
  }
  if (faults[0] !== undefined) throw gathered(faults[0], faults);
  checkMissing(model, require, assignments.length, missing, targets, stored);
  tidy(() => {
    for (const { variable, values, shape } of assignments) {
      variable.write(tensor(values, [...shape], "float32"));
    }
  });
  return { loaded, skipped, missing };
}

/** Under which name a layer's numbers are stored: its path, or its own name where no other layer could mean it. */
function storedName(
  target: WeightedLayer,
  targets: readonly WeightedLayer[],
  stored: StoredWeights,
): string | undefined {
  if (stored.has(target.path)) return target.path;
  if (!stored.has(target.name)) return undefined;
  const others = targets.filter(({ name }) => name === target.name);
  if (others.length === 1) return target.name;
  throw new ModelError(
    target.path,
    `${target.path}: ${others.length} layers of the model are called "${target.name}" (${others.map(({ path }) => path).join(", ")}), so it is unclear which one "${target.name}" stands for; store them under these paths, or rename layers`,
  );
}

function checkSkip(
  skip: readonly string[],
  model: LayersModel,
  targets: readonly WeightedLayer[],
  stored: StoredWeights,
): void {
  const paths = targets.map(({ path }) => path);
  const known = new Set([
    ...model.layers.map(({ name }) => name),
    ...targets.map(({ name }) => name),
    ...paths,
  ]);
  const lost = skip.find(
    (name) => !known.has(name) && !stored.has(name) && !paths.some((path) => path.startsWith(`${name}/`)),
  );
  if (lost !== undefined) {
    throw new ArgumentError(
      "options.skip",
      `"${lost}" is neither a layer of the model (${listed(paths)}) nor a stored one (${listed([...stored.keys()])})`,
    );
  }
}

/** Batch normalisation without scale or shift, for a layer that has them. */
function absentScaleOrShift(
  layer: layers.Layer,
  weight: string,
  given: ReadonlyMap<string, StoredTensor>,
  shape: readonly number[],
): StoredTensor | undefined {
  if (!isBatchNormalization(layer)) return undefined;
  if (!given.has("moving_mean") || !given.has("moving_variance")) return undefined;
  if (weight !== "gamma" && weight !== "beta") return undefined;
  const value = weight === "gamma" ? 1 : 0;
  const size = shape.reduce((product, extent) => product * extent, 1);
  return {
    shape,
    values: new Float32Array(size).fill(value),
    name: weight,
    converted: `filled with ${value}, as none is stored`,
  };
}

function faultyNumbers(layer: string, { shape, values, name }: StoredTensor): ModelError | undefined {
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (values.length !== size) {
    return new ModelError(
      layer,
      `${layer}: ${name} has ${values.length} numbers where its shape ${text(shape)} needs ${size}; the file is damaged or was read wrongly`,
    );
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return undefined;
  return new ModelError(
    layer,
    `${layer}: ${name} holds ${values[bad]} at place ${bad}; such weights make every output useless: take an earlier checkpoint, or skip the layer`,
  );
}

function wrongShape(layer: string, weight: string, stored: StoredTensor, shape: readonly number[]) {
  return new ModelError(
    layer,
    `${layer}: ${weight} has shape ${text(shape)} in the model, but ${stored.name} is stored with ${text(stored.shape)}; build the model with the settings of the stored one, or leave the layer out with { skip: ["${layer}"] }`,
  );
}

function unknownWeight({ path, weights }: WeightedLayer, name: string, stored: StoredTensor): ModelError {
  return new ModelError(
    path,
    `${path}: ${stored.name} is stored (${text(stored.shape)}), but the model's layer has no ${name}, only ${weights.map((weight) => weight.name).join(", ")}; build the layer with it, or leave the layer out with { skip: ["${path}"] }`,
  );
}

function gathered(first: ModelError, faults: readonly ModelError[]): ModelError {
  const layers = [...new Set(faults.map(({ subject }) => subject))];
  if (layers.length === 1) return first;
  return new ModelError(
    first.subject,
    `${first.message} (${layers.length - 1} more layers don't fit: ${listed(layers.slice(1))})`,
  );
}

function checkMissing(
  model: LayersModel,
  require: "all" | "some",
  assigned: number,
  missing: readonly MissingWeight[],
  targets: readonly WeightedLayer[],
  stored: StoredWeights,
): void {
  if (assigned === 0) {
    throw new ModelError(
      model.name,
      `model "${model.name}": no weight was found for any layer; the model has ${listed(targets.map(({ path }) => path))}, stored are ${listed([...stored.keys()])}`,
    );
  }
  const first = missing[0];
  if (require === "some" || first === undefined) return;
  const layers = [...new Set(missing.map(({ layer }) => layer))];
  throw new ModelError(
    first.layer,
    `${first.layer}: no ${first.weight} is stored for it${layers.length > 1 ? `, nor weights for ${listed(layers.slice(1))}` : ""}; stored are ${listed([...stored.keys()])}. Leave layers out with { skip: ${JSON.stringify(layers.slice(0, 3))} }, or allow gaps with { require: "some" }`,
  );
}

const sameShape = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((extent, i) => extent === b[i]);

const text = (shape: readonly number[]) => `[${shape.join(", ")}]`;

function listed(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const more = names.length > 8 ? ` and ${names.length - 8} more` : "";
  return names.slice(0, 8).join(", ") + more;
}
