import { clone, dispose, tensor, tidy, type Variable } from "@tensorflow/tfjs-core";
import type { WeightedLayer } from "../models/weightedLayers.js";
import type { RandomStream } from "../random.js";

/** A layer whose weights can be shuffled and put back. */
export interface WeightShuffle {
  /** The layer, after the names of the nested models that it stands in. */
  readonly path: string;
  /**
   * Shuffles the values of each weight within itself; the order depends on the stream and the weight's name alone.
   *
   * @returns whether any weight changed: those whose values are all equal don't
   */
  shuffle(random: RandomStream): Promise<boolean>;
  /** Gives the weights the values that they had at first, bit for bit. */
  restore(): void;
  /** Frees what was remembered. */
  dispose(): void;
}

/** Remembers the weights of a layer. Memory is taken only once they change: until then both share it. */
export function weightShuffle({ path, weights }: WeightedLayer): WeightShuffle {
  // Not through LayerVariable.write, which would apply the layer's constraint.
  const variables = weights.map(({ variable }) => variable.read() as Variable);
  const originals = tidy(() => variables.map((variable) => clone(variable)));
  return {
    path,
    async shuffle(random) {
      let changed = false;
      for (const [i, variable] of variables.entries()) {
        const values = (await originals[i]!.data()) as Float32Array;
        if (values.every((value) => value === values[0])) continue;
        const stream = random.fork(path).fork(weights[i]!.name);
        let shuffled: Float32Array;
        // Of few values, the first order drawn is often the one that they have.
        do shuffled = Float32Array.from(stream.shuffle(Array.from(values)));
        while (shuffled.every((value, k) => value === values[k]));
        tidy(() => variable.assign(tensor(shuffled, variable.shape, variable.dtype)));
        changed = true;
      }
      return changed;
    },
    restore() {
      for (const [i, variable] of variables.entries()) variable.assign(originals[i]!);
    },
    dispose: () => dispose(originals),
  };
}
