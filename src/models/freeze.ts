import type { LayersModel, layers } from "@tensorflow/tfjs-layers";
import { ArgumentError, ModelError } from "../errors.js";
import { honourTrainable } from "../layers/honourTrainable.js";
import { innerLayers } from "../layers/innerLayers.js";

/** Which layers {@link freeze} freezes; all others become trainable. */
export type FrozenLayers =
  | {
      /** Name of the last layer to freeze: it and all before it in the model's order. A nested model freezes as a whole. */
      readonly upTo: string;
    }
  | {
      /** How many layers stay trainable at the model's end, from 0 to their number. */
      readonly allBut: number;
      /** What is counted: every layer, as by `model.layers[:-n]` of Keras (the default), or those that have weights. */
      readonly counting?: "layers" | "layers with weights";
    }
  | {
      /** Whether a layer is frozen. Input layers and nested models as such are not asked for. */
      readonly layers: (layer: layers.Layer) => boolean;
    };

/** What of a model learns and what does not. */
export interface FreezeReport {
  /** Names of the frozen layers that have weights, in the model's order. */
  readonly frozenLayers: readonly string[];
  /** Names of the other layers that have weights. */
  readonly trainableLayers: readonly string[];
  /** How many numbers learn. */
  readonly trainableParameters: number;
  /**
   * How many numbers the frozen layers hold, their statistics included. The moving statistics of layers that train count
   * in neither.
   */
  readonly frozenParameters: number;
}

/**
 * Freezes a part of a model, for transfer learning, and makes the rest trainable, whatever it was before. A frozen layer
 * neither learns nor averages statistics nor normalises by those of the batch ({@link honourTrainable}, which this calls).
 * Dropout drops in training in a frozen part too, as in Keras.
 *
 * The order is that of `model.layers`, by depth in the graph as in Keras, with a nested model's layers in its place. Layers
 * on parallel branches stand in it by their depth: check `frozenLayers` where a model has long branches. Input layers don't
 * count. A layer that stands in several models, or several times in one, is frozen in all of them.
 *
 * What is frozen is saved with the model; after loading call {@link honourTrainable}. An optimizer whose state belongs to
 * other trainable weights must not be used on.
 *
 * @throws ModelError when no layer has the name `upTo`; it names the ones most like it
 * @throws ArgumentError when `allBut` is not a whole number from 0 to the number of layers counted
 */
export function freeze(model: LayersModel, which: FrozenLayers): FreezeReport {
  const all = leavesOf(model);
  const frozen = frozenAmong(model, all, which);
  return setFrozen(model, all, (layer) => frozen.has(layer));
}

/** Makes every layer of a model trainable, those of nested models too. Batch normalisation trains again. */
export function unfreeze(model: LayersModel): FreezeReport {
  return setFrozen(model, leavesOf(model), () => false);
}

function setFrozen(
  model: LayersModel,
  all: readonly layers.Layer[],
  isFrozen: (layer: layers.Layer) => boolean,
): FreezeReport {
  // A model's own flag is not saved and reaches into its weights: it is cleared, and each layer carries its own.
  for (const container of containersOf(model)) container.trainable = true;
  for (const layer of all) layer.trainable = !isFrozen(layer);
  honourTrainable(model);
  const weighted = all.filter(({ weights }) => weights.length > 0);
  const frozenLayers = weighted.filter(isFrozen);
  const trainableLayers = weighted.filter((layer) => !isFrozen(layer));
  return {
    frozenLayers: frozenLayers.map(({ name }) => name),
    trainableLayers: trainableLayers.map(({ name }) => name),
    trainableParameters: sizeOf(trainableLayers.flatMap(({ trainableWeights }) => trainableWeights)),
    frozenParameters: sizeOf(frozenLayers.flatMap(({ weights }) => weights)),
  };
}

function frozenAmong(
  model: LayersModel,
  all: readonly layers.Layer[],
  which: FrozenLayers,
): ReadonlySet<layers.Layer> {
  if ("layers" in which) return new Set(all.filter(which.layers));
  if ("upTo" in which) return new Set(all.slice(0, endOf(model, all, which.upTo)));
  const { allBut, counting = "layers" } = which;
  const counted = counting === "layers" ? all : all.filter(({ weights }) => weights.length > 0);
  if (!Number.isInteger(allBut) || allBut < 0 || allBut > counted.length) {
    throw new ArgumentError(
      "which.allBut",
      `is ${allBut}; expected a whole number from 0 to ${counted.length}, the number of ${counting} in model "${model.name}"`,
    );
  }
  const firstTrainable = counted[counted.length - allBut];
  return new Set(firstTrainable === undefined ? all : all.slice(0, all.indexOf(firstTrainable)));
}

/** The place after the layer of this name and all within it. */
function endOf(model: LayersModel, all: readonly layers.Layer[], name: string): number {
  const named = everyLayer(model).find((layer) => layer.name === name);
  if (named === undefined) {
    const likely = mostAlike(
      name,
      everyLayer(model).map((layer) => layer.name),
    );
    throw new ModelError(
      name,
      `model "${model.name}" has no layer "${name}"; the names most like it are ${likely.join(", ")}`,
    );
  }
  return 1 + Math.max(...leavesOf(named).map((leaf) => all.indexOf(leaf)));
}

/** All layers that hold no others, each once, in the order of the graph, without input layers. */
export function leavesOf(layer: layers.Layer): readonly layers.Layer[] {
  const inner = innerLayers(layer);
  if (inner.length > 0) return [...new Set(inner.flatMap(leavesOf))];
  return layer.getClassName() === "InputLayer" ? [] : [layer];
}

/** Outer layers before inner ones, so that a name means the outermost. */
function everyLayer(model: layers.Layer): readonly layers.Layer[] {
  const inner = innerLayers(model);
  return [...inner, ...inner.flatMap(everyLayer)];
}

function containersOf(layer: layers.Layer): readonly layers.Layer[] {
  const inner = innerLayers(layer);
  return inner.length > 0 ? [layer, ...inner.flatMap(containersOf)] : [];
}

function sizeOf(weights: layers.Layer["weights"]): number {
  const sizes = weights.map(({ shape }) =>
    shape.reduce<number>((product, extent) => product * (extent ?? 1), 1),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The three names that share most letters with a word at their start and end. */
function mostAlike(word: string, names: readonly string[]): readonly string[] {
  const sharedStart = (a: string, b: string) => {
    let length = 0;
    while (length < a.length && a[length] === b[length]) length++;
    return length;
  };
  const reversed = (text: string) => [...text].reverse().join("");
  const likeness = (name: string) => sharedStart(word, name) + sharedStart(reversed(word), reversed(name));
  return [...new Set(names)].sort((a, b) => likeness(b) - likeness(a)).slice(0, 3);
}
