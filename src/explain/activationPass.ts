import {
  customGrad,
  dispose,
  engine,
  grad,
  keep,
  scalar,
  sum,
  type Tensor,
  type Tensor4D,
  tidy,
} from "@tensorflow/tfjs-core";
import type { LayersModel, layers } from "@tensorflow/tfjs-layers";
import { ModelError } from "../errors.js";
import { correctRepeatGradient } from "../layers/repeatGradient.js";
import { releaseTape } from "../models/releaseTape.js";
import { outputsOf } from "./modelPass.js";
import type { ResolvedTarget } from "./target.js";

/** One way back: from a score to some of the layers. */
export interface WayBack {
  readonly target: ResolvedTarget;
  /** Places in the list of layers. */
  readonly layers: readonly number[];
  /** What to keep of a layer's output A and of d score / d A, both [batch, height, width, channels]. */
  reduce(activation: Tensor4D, gradient: Tensor4D): Tensor[];
}

/** What one pass gives; all tensors are the caller's. */
export interface ActivationPass {
  /** The model's outputs. */
  readonly outputs: Tensor[];
  /** Each layer's output. */
  readonly activations: Tensor4D[];
  /** What was reduced, by way back and place in its list of layers. */
  readonly reduced: Tensor[][][];
}

/**
 * Runs a model forwards once and back once a target, to some layers, in inference mode (no dropout, moving statistics).
 * The graph stays as it is. Nothing before the first of the layers is differentiated; without a way back nothing is.
 *
 * @param images shape [batch, height, width, channels], normalised as the model expects
 * @param taps the layers, each once
 * @throws ModelError when a layer does not run exactly once, or a score does not depend on its output
 */
export function activationPass(
  model: LayersModel,
  images: Tensor4D,
  taps: readonly layers.Layer[],
  ways: readonly WayBack[],
): ActivationPass {
  const kept: Tensor[] = [];
  const keepCopy = <T extends Tensor>(tensor: T): T => {
    const copy = keep(tensor.clone()) as T;
    kept.push(copy);
    return copy;
  };
  const runs: { readonly activation: Tensor4D; readonly handedOn: Tensor }[][] = taps.map(() => []);
  let outputs: Tensor[] = [];
  let reduced: Tensor[][][] = [];

  const forwards = (): Tensor[] => {
    // Copies: a layer that hands on its input would have the gradient of all that reads the input, and what is handed on
    // TensorFlow.js disposes of, even if it is to be kept.
    const tap = (output: Tensor, layer: number): Tensor => {
      const handedOn = output.clone();
      runs[layer]!.push({ activation: keepCopy(output as Tensor4D), handedOn });
      return handedOn;
    };
    const results = whileTapped(taps, tap, () => outputsOf(model, images));
    for (const [i, { length }] of runs.entries()) {
      const fault = `runs ${length} times in one pass; expected a layer that runs once`;
      if (length !== 1) throw new ModelError(taps[i]!.name, `layer "${taps[i]!.name}" ${fault}`);
    }
    outputs = results.map(keepCopy);
    return results;
  };
  const backwards = (score: Tensor, { layers, reduce }: WayBack): Tensor[][] =>
    tidy(() => {
      const from = layers.map((layer) => runs[layer]![0]!);
      const starts = from.map(({ handedOn }) => handedOn);
      const { grads } = engine().gradients(() => score, starts, undefined, true);
      return from.map(({ activation }, i) => {
        const gradient = grads[i] as Tensor4D | undefined;
        const { name } = taps[layers[i]!]!;
        const advice = "choose a layer between the input and the explained output";
        if (!gradient) throw new ModelError(name, `layer "${name}" does not lead to the target; ${advice}`);
        return reduce(activation, gradient).map(keepCopy);
      });
    });
  const thereAndBack = (start: Tensor): Tensor => {
    const results = forwards();
    const scores = ways.map(({ target }) => sum(target.scores(results[target.output]!)));
    // The record of the way forwards lasts until the outer gradient ends, and within a custom operation nothing is added
    // to it: so the record can be walked back once for each score.
    const walkBack = customGrad((x) => {
      reduced = ways.map((way, i) => backwards(scores[i]!, way));
      return { value: (x as Tensor).clone(), gradFunc: (dy: Tensor) => dy };
    });
    return walkBack(start);
  };

  try {
    correctRepeatGradient();
    tidy(() => void (ways.length === 0 ? forwards() : grad(thereAndBack)(scalar(0))));
    const copies = <T extends Tensor>(tensors: readonly T[]): T[] => tensors.map((tensor) => tensor.clone());
    return {
      outputs: copies(outputs),
      activations: runs.map(([run]) => run!.activation.clone()),
      reduced: reduced.map((way) => way.map(copies)),
    };
  } catch (error) {
    releaseTape();
    throw error;
  } finally {
    dispose(kept);
  }
}

/** Runs something synchronous while the layers' outputs pass through `tap`; the layers are as before at the end. */
function whileTapped<T>(
  taps: readonly layers.Layer[],
  tap: (output: Tensor, layer: number) => Tensor,
  run: () => T,
): T {
  const own = taps.map((layer) => Object.getOwnPropertyDescriptor(layer, "call"));
  for (const [i, layer] of taps.entries()) {
    const call = layer.call.bind(layer);
    layer.call = (inputs, kwargs) => [call(inputs, kwargs)].flat().map((output) => tap(output, i));
  }
  try {
    return run();
  } finally {
    for (const [i, layer] of taps.entries()) {
      if (own[i] === undefined) Reflect.deleteProperty(layer, "call");
      else Object.defineProperty(layer, "call", own[i]);
    }
  }
}
