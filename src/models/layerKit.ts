import { initializers, layers, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { correctRepeatGradient } from "../layers/repeatGradient.js";
import { SeededDropout } from "../layers/seededDropout.js";
import { randomStream } from "../random.js";
import { applyLayer } from "./applyLayer.js";

/**
 * Distribution of the first weights of convolutions: uniform by fan-in and fan-out (Glorot and Bengio 2010), or normal with
 * variance 2 / fan-in or 2 / fan-out (He et al. 2015), cut at two standard deviations for "heNormal" only.
 */
export type Initializer = "glorotUniform" | "heNormal" | "heNormalFanOut";

/** What the layers of a network have in common. */
export interface LayerKitOptions {
  /** The model's seed; each layer's own follows from it and the layer's name. */
  readonly seed: number;
  /** Share that the moving statistics of batch normalisation keep at each step; 0.99 by default. */
  readonly momentum?: number;
  /** Added to the variance in batch normalisation; 1e-5 by default. */
  readonly epsilon?: number;
  /**
   * Distribution of the first weights; "glorotUniform" (Keras's) by default, "heNormal" suits relu without skips,
   * "heNormalFanOut" is the one that ResNets and EfficientNets were published with.
   */
  readonly initializer?: Initializer;
}

/** How a {@link LayerKit} convolves. */
export interface ConvolutionOptions {
  /** Step between windows; 1 by default. */
  readonly strides?: number;
  /** "valid" (no border, after a padding layer) or "same", the default. */
  readonly padding?: "valid" | "same";
  /** Whether a bias is added; false by default, as before batch normalisation. */
  readonly useBias?: boolean;
  /** Applied to the result; nothing by default. */
  readonly activation?: "relu" | "swish" | "sigmoid";
}

/** Named layers on symbolic tensors, as one network uses them. */
export type LayerKit = ReturnType<typeof layerKit>;

/**
 * The layers that the architectures are made of. First weights are drawn in JavaScript from the model's seed and the
 * layer's name, so that they are the same on every backend, whatever other layers the model has.
 */
export function layerKit({
  seed,
  momentum = 0.99,
  epsilon = 1e-5,
  initializer = "glorotUniform",
}: LayerKitOptions) {
  const seedOf = (name: string) =>
    randomStream(seed)
      .fork(name)
      .integer(2 ** 32);
  const kernel = (name: string, fanOut: number) =>
    initializer === "heNormalFanOut"
      ? initializers.randomNormal({ mean: 0, stddev: Math.sqrt(2 / fanOut), seed: seedOf(name) })
      : initializers[initializer]({ seed: seedOf(name) });
  const relu = (name: string, x: SymbolicTensor) =>
    applyLayer(layers.activation({ name, activation: "relu" }), x);
  return {
    /** Convolution; `size` is the kernel's rows and columns. */
    convolve: (
      name: string,
      x: SymbolicTensor,
      filters: number,
      size: number,
      { strides = 1, padding = "same", useBias = false, activation }: ConvolutionOptions = {},
    ) =>
      applyLayer(
        layers.conv2d({
          name,
          filters,
          kernelSize: size,
          strides,
          padding,
          useBias,
          ...(activation && { activation }),
          kernelInitializer: kernel(name, size * size * filters),
        }),
        x,
      ),
    /** Convolution of each channel by itself, without a bias. */
    convolveDepthwise: (
      name: string,
      x: SymbolicTensor,
      size: number,
      { strides = 1, padding = "same" }: Pick<ConvolutionOptions, "strides" | "padding"> = {},
    ) =>
      applyLayer(
        layers.depthwiseConv2d({
          name,
          kernelSize: size,
          strides,
          padding,
          useBias: false,
          depthwiseInitializer: kernel(name, size * size),
        }),
        x,
      ),
    /** Each output from all inputs, with a bias. */
    dense: (name: string, x: SymbolicTensor, units: number) =>
      applyLayer(layers.dense({ name, units, kernelInitializer: kernel(name, units) }), x),
    /** Batch normalisation. */
    normalize: (name: string, x: SymbolicTensor) =>
      applyLayer(layers.batchNormalization({ name, momentum, epsilon }), x),
    relu,
    /** x sigmoid(x), also called SiLU (Ramachandran et al. 2017). */
    swish: (name: string, x: SymbolicTensor) =>
      applyLayer(layers.activation({ name, activation: "swish" }), x),
    /** Zeros around the maps: as many on all sides, or [[top, bottom], [left, right]]. */
    pad: (name: string, x: SymbolicTensor, border: number | [[number, number], [number, number]]) =>
      applyLayer(layers.zeroPadding2d({ name, padding: border as number }), x),
    maxPool: (name: string, x: SymbolicTensor, size: number, strides = size) =>
      applyLayer(layers.maxPooling2d({ name, poolSize: size, strides }), x),
    averagePool: (name: string, x: SymbolicTensor, size: number) =>
      applyLayer(layers.averagePooling2d({ name, poolSize: size }), x),
    globalAverage: (name: string, x: SymbolicTensor) =>
      applyLayer(layers.globalAveragePooling2d({ name }), x),
    /** Twice as many rows and columns. */
    upsample: (name: string, x: SymbolicTensor, interpolation: "nearest" | "bilinear" = "nearest") => {
      correctRepeatGradient();
      return applyLayer(layers.upSampling2d({ name, size: [2, 2], interpolation }), x);
    },
    /** Channels one after another. */
    concatenate: (name: string, x: SymbolicTensor[]) => applyLayer(layers.concatenate({ name }), x),
    add: (name: string, x: SymbolicTensor[]) => applyLayer(layers.add({ name }), x),
    /** Elementwise product; sizes of 1 repeat. */
    multiply: (name: string, x: SymbolicTensor[]) => applyLayer(layers.multiply({ name }), x),
    /** The same numbers in another shape, which leaves the batch out. */
    reshape: (name: string, x: SymbolicTensor, targetShape: number[]) =>
      applyLayer(layers.reshape({ name, targetShape }), x),
    /** Dropout whose masks follow from the model's seed. */
    dropout: (name: string, x: SymbolicTensor, rate: number) =>
      applyLayer(new SeededDropout({ name, rate, seed: seedOf(name) }), x),
    /** Dropout of whole samples (stochastic depth, Huang et al. 2016), for the branch beside a skip connection. */
    dropSamples: (name: string, x: SymbolicTensor, rate: number) =>
      applyLayer(
        new SeededDropout({
          name,
          rate,
          seed: seedOf(name),
          noiseShape: x.shape.map((_, i) => (i ? 1 : null)),
        }),
        x,
      ),
  };
}
