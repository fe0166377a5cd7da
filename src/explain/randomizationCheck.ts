import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { NdArray } from "ndarray";
import { ArgumentError, ModelError } from "../errors.js";
import { rowMajor } from "../matrix.js";
import { nextTask } from "../nextTask.js";
import { randomStream } from "../random.js";
import type { ExplanationProgress } from "./imageProbe.js";
import { rankCorrelation } from "./rankCorrelation.js";
import { weightedLayersBefore } from "./weightedLayersBefore.js";
import { weightShuffle } from "./weightShuffle.js";

/** Explains images: maps of shape [batch, height, width], one an image. */
export type Explain<Images> = (
  model: LayersModel,
  images: Images,
) => NdArray<Float32Array> | Promise<NdArray<Float32Array>>;

/** Which weights are drawn again, and when maps count as changed. */
export interface RandomizationOptions {
  /** Seed of the draws; 0 by default. */
  readonly seed?: number | string;
  /**
   * "cascading" (the default): layer after layer from the head down, those before staying random. "independent": one layer
   * at a time, all others as they were.
   */
  readonly layers?: "cascading" | "independent";
  /** Name of the explained output: only layers that lead to it are drawn. Default: the first output. */
  readonly head?: string;
  /** Maps that still correlate this much are as before: 0.5 by default. */
  readonly greatestCorrelation?: number;
  /** Ends the check with the signal's reason, between two layers. */
  readonly signal?: AbortSignal;
  /** Called after each layer, which counts as a batch; the check waits for it. */
  readonly onBatch?: (progress: ExplanationProgress) => void | Promise<void>;
}

/** How like its former self an explanation is with random weights in a layer. */
export interface LayerRandomization {
  /** The layer that was drawn, after the names of the nested models that it stands in, joined by "/". */
  readonly layer: string;
  /** Spearman's rank correlation of the map with the original one, one an image; NaN where one of the two is constant. */
  readonly correlation: Float64Array;
  /** The same of the maps' absolute values. */
  readonly absoluteCorrelation: Float64Array;
  /** Mean of `correlation` over the images that have one; NaN where none has. */
  readonly mean: number;
  /** Mean of `absoluteCorrelation` likewise. */
  readonly absoluteMean: number;
}

/** Whether an explanation depends on what the model has learnt. */
export interface RandomizationCheck {
  /** In the order in which they were drawn, the head first. */
  readonly layers: readonly LayerRandomization[];
  /** Layers before the head that shuffling leaves as they are, since the values of each of their weights are all equal. */
  readonly constantLayers: readonly string[];
  /**
   * Cascading: whether `mean` is below greatestCorrelation once all layers are random. Independent: whether the mean of
   * `mean` over the layers is. False where it is NaN: a map that cannot be compared has not passed.
   */
  readonly passed: boolean;
}

/**
 * The model parameter randomisation test (Adebayo et al., Sanity checks for saliency maps, NeurIPS 2018, section 3): an
 * explanation that hardly changes when learnt weights become random does not explain the model; an edge detector fails.
 * Weights are drawn by shuffling the values of each weight within itself, seeded, so that they keep their own
 * distribution, whatever it is, and moving variances stay positive; the paper draws from initialisers, which a loaded model
 * does not tell. The bound of the verdict is a convention of this library, the paper gives none; look at the correlations
 * by layer. Give signed maps rather than such cut at 0, which are constant more often; maps that are multiplied by the image
 * keep some correlation of their absolute values from the image alone.
 *
 * The model has its weights back, bit for bit, on every way out; it must not be used elsewhere meanwhile.
 *
 * @param images what `explain` takes, handed on as it is
 * @param explain such as `async (model, images) => (await inputGradient(model, images, { target: 0 })).attribution`
 * @throws ModelError for an unknown head, or a model whose weights are all constant
 * @throws ArgumentError for an unknown order of layers, or when maps are not [batch, height, width] of one shape; and
 *   whatever `explain` throws
 */
export async function randomizationCheck<Images extends NdArray<Float32Array> | Tensor4D>(
  model: LayersModel,
  images: Images,
  explain: Explain<Images>,
  options: RandomizationOptions = {},
): Promise<RandomizationCheck> {
  const { seed = 0, layers = "cascading", greatestCorrelation = 0.5, signal, onBatch } = options;
  if (layers !== "cascading" && layers !== "independent") {
    throw new ArgumentError("options.layers", `is "${layers}"; expected "cascading" or "independent"`);
  }
  signal?.throwIfAborted();
  const stream = randomStream(seed);
  const weighted = weightedLayersBefore(model, options.head).reverse();
  const shuffles = weighted.map(weightShuffle);
  try {
    const before = checkedMaps(await explain(model, images));
    const results: LayerRandomization[] = [];
    const constantLayers: string[] = [];
    for (const [i, layer] of shuffles.entries()) {
      signal?.throwIfAborted();
      if (await layer.shuffle(stream)) {
        const after = checkedMaps(await explain(model, images), before.shape);
        results.push({ layer: layer.path, ...compared(before, after) });
        if (layers === "independent") layer.restore();
      } else constantLayers.push(layer.path);
      await onBatch?.({ batch: i + 1, batches: shuffles.length });
      await nextTask();
    }
    signal?.throwIfAborted();
    if (results.length === 0) {
      throw new ModelError(
        model.name,
        `no layer of model "${model.name}" before the head has a weight of several values to shuffle`,
      );
    }
    const verdict =
      layers === "cascading" ? results.at(-1)!.mean : meanOfKnown(results.map(({ mean }) => mean));
    return { layers: results, constantLayers, passed: verdict < greatestCorrelation };
  } finally {
    for (const layer of shuffles) {
      layer.restore();
      layer.dispose();
    }
  }
}

/** Maps whose values the next explanation cannot overwrite. */
interface CheckedMaps {
  readonly shape: readonly number[];
  /** One an image, row-major. */
  readonly each: readonly Float32Array[];
}

function checkedMaps(maps: NdArray<Float32Array>, expected?: readonly number[]): CheckedMaps {
  const { shape } = maps;
  if (shape.length !== 3 || shape.includes(0) || (expected && expected.join() !== shape.join())) {
    throw new ArgumentError(
      "explain",
      `gave maps of shape [${shape}]; expected ${expected ? `[${expected}] as at first` : "[batch, height, width]"}`,
    );
  }
  const values = rowMajor(maps);
  const cells = shape[1]! * shape[2]!;
  const each = Array.from({ length: shape[0]! }, (_, i) => values.slice(i * cells, (i + 1) * cells));
  return { shape: [...shape], each };
}

function compared(before: CheckedMaps, after: CheckedMaps): Omit<LayerRandomization, "layer"> {
  const of = (prepare: (map: Float32Array) => Float32Array): Float64Array =>
    Float64Array.from(before.each, (map, i) => rankCorrelation(prepare(map), prepare(after.each[i]!)));
  const correlation = of((map) => map);
  const absoluteCorrelation = of((map) => map.map(Math.abs));
  return {
    correlation,
    absoluteCorrelation,
    mean: meanOfKnown(correlation),
    absoluteMean: meanOfKnown(absoluteCorrelation),
  };
}

function meanOfKnown(values: Iterable<number>): number {
  const known = [...values].filter((value) => !Number.isNaN(value));
  return known.reduce((a, b) => a + b, 0) / known.length;
}
