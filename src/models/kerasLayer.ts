import { serialization } from "@tensorflow/tfjs-core";
import { ModelError } from "../errors.js";
import {
  type Config,
  isConfig,
  kerasActivation,
  kerasInitializer,
  kerasPenalty,
  kerasType,
} from "./kerasValues.js";

/** A layer's class and settings. */
export interface LayerConfig {
  readonly class_name: string;
  readonly config: Config;
}

/** Which Keras wrote a configuration. */
export interface KerasVersion {
  /** 1, 2 or 3. */
  readonly major: number;
  /** Whether bilinear enlarging samples at pixel corners, as Keras did on TensorFlow 1 and TensorFlow.js does. */
  readonly cornerSampling: boolean;
}

/** Reads "3.4.1", "2.2.4-tf" and the like; an absent version is taken for `fallback`. */
export function kerasVersion(version: unknown, fallback: number): KerasVersion {
  const text = typeof version === "string" ? version : "";
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(text) ?? [];
  if (major === undefined) return { major: fallback, cornerSampling: false };
  const cornerSampling =
    Number(major) === 1 || (Number(major) === 2 && Number(minor) < 4 && !text.includes("tf"));
  return { major: Number(major), cornerSampling };
}

/** Layers whose settings mean the same in TensorFlow.js, once initializers and the like are in its form. */
const same = new Set(
  `InputLayer Dense Flatten Activation RepeatVector Reshape Permute ZeroPadding2D Cropping2D Add Multiply Average Maximum
  Minimum Concatenate Dot Conv1D Conv2D Conv3D Conv2DTranspose SeparableConv2D DepthwiseConv2D UpSampling2D Embedding
  BatchNormalization LayerNormalization MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D
  AveragePooling3D GlobalAveragePooling1D GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D Dropout
  SpatialDropout1D GaussianNoise GaussianDropout AlphaDropout Rescaling ReLU LeakyReLU PReLU ELU ThresholdedReLU
  Softmax`.split(/\s+/),
);

const renamed: Readonly<Record<string, string>> = {
  BatchNormalizationV1: "BatchNormalization",
  BatchNormalizationV2: "BatchNormalization",
  Convolution1D: "Conv1D",
  Convolution2D: "Conv2D",
  Convolution2DTranspose: "Conv2DTranspose",
  SeparableConvolution2D: "SeparableConv2D",
  DepthwiseConvolution2D: "DepthwiseConv2D",
  MaxPool2D: "MaxPooling2D",
  AvgPool2D: "AveragePooling2D",
  GlobalAvgPool2D: "GlobalAveragePooling2D",
  GlobalMaxPool2D: "GlobalMaxPooling2D",
};

/** Layers that change pictures in training only. */
const augmenting = /^Random(Flip|Rotation|Zoom|Contrast|Translation|Brightness)$/;

/**
 * A layer of Keras 2 or 3 in the form that TensorFlow.js reads.
 *
 * @throws ModelError, its `subject` the layer, for what TensorFlow.js lacks or computes otherwise
 */
export function kerasLayer(given: LayerConfig, version: KerasVersion): LayerConfig {
  const type = renamed[given.class_name] ?? given.class_name;
  const name = String(given.config.name ?? type);
  if (augmenting.test(type) || type === "Identity") return unchanging(given.config);
  if (type === "SpatialDropout2D") return kerasLayer(spatialDropout(given.config), version);
  if (type === "Activation" && given.config.activation === "leaky_relu") {
    return { class_name: "LeakyReLU", config: { name, alpha: 0.2 } };
  }
  if (!same.has(type)) {
    if (type in serialization.SerializationMap.getMap().classNameMap && !builtIn(type)) {
      return { class_name: type, config: commonForm(given.config, name, version.major) };
    }
    throw new ModelError(
      name,
      `${name}: TensorFlow.js has no layer ${type} that computes what Keras's does; ${adviceFor(type)}`,
    );
  }
  checkMeaning(type, name, given.config, version);
  const config = commonForm(given.config, name, version.major);
  return specialForm(type, config, name);
}

const unchanging = ({ name }: Config): LayerConfig => ({
  class_name: "Activation",
  config: { name, activation: "linear" },
});

/** Dropout of whole maps. */
const spatialDropout = ({ name, rate }: Config): LayerConfig => ({
  class_name: "Dropout",
  config: { name, rate, noise_shape: [null, 1, 1, null] },
});

const builtIn = (type: string) =>
  /^(Resizing|CenterCrop|CategoryEncoding|RandomWidth|RandomHeight|MultiHeadAttention|TimeDistributed|Bidirectional|(Conv)?(RNN|LSTM|GRU|SimpleRNN).*|Masking|EinsumDense)$/.test(
    type,
  );

function adviceFor(type: string): string {
  if (/^(Resizing|CenterCrop|Normalization)$/.test(type)) {
    return "leave it out of the model, do its work on the images, and load the weights by loadKerasWeights";
  }
  return "register a class of that name with tf.serialization.registerClass, or build the model here without it and load the weights by loadKerasWeights";
}

/** What Keras can be told and TensorFlow.js ignores or computes otherwise. */
function checkMeaning(type: string, name: string, config: Config, version: KerasVersion): void {
  const refuse = (what: string, advice = "rebuild the model without it") => {
    throw new ModelError(
      name,
      `${name}: ${type} with ${what} is computed otherwise by TensorFlow.js; ${advice}`,
    );
  };
  if (config.data_format === "channels_first") {
    refuse(
      "channels first",
      "convert the model to channels_last in Keras, with its weights, and save it again",
    );
  }
  if (typeof config.groups === "number" && config.groups !== 1) refuse(`${config.groups} groups`);
  if (config.keepdims === true) refuse("keepdims", "put a Reshape after it instead");
  if (config.renorm === true) refuse("renorm");
  if (type === "UpSampling2D") {
    const interpolation = config.interpolation ?? "nearest";
    const bilinear = interpolation === "bilinear" && version.cornerSampling;
    if (interpolation !== "nearest" && !bilinear) {
      refuse(
        `interpolation ${String(interpolation)}`,
        'TensorFlow.js samples at the corners of pixels, Keras at their centres: use "nearest", or a transposed convolution',
      );
    }
  }
  if (type === "Rescaling" && (Array.isArray(config.scale) || Array.isArray(config.offset))) {
    refuse("one scale a channel", "scale the images instead, and leave it out");
  }
  if (type === "ReLU") {
    const both = slope(config) !== 0 && firstNumber(config.max_value, 0) !== 0;
    if (firstNumber(config.threshold, 0) !== 0 || both) refuse("a threshold, or both a slope and a maximum");
  }
  if (type === "ELU" && firstNumber(config.alpha, 1) !== 1) refuse("an alpha other than 1");
  if (type === "Conv2DTranspose") {
    if (config.output_padding != null) refuse("output_padding");
    if ([config.dilation_rate ?? 1].flat().some((rate) => rate !== 1)) refuse("dilation");
  }
}

const slope = (config: Config) => firstNumber(config.negative_slope, 0);

function commonForm(given: Config, name: string, keras: number): Config {
  const config: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    const placed = commonValue(key, value, name, keras);
    if (placed !== undefined) config[key] = placed;
  }
  return config;
}

function commonValue(key: string, value: unknown, name: string, keras: number): unknown {
  if (/^(autocast|lora_rank|quantization_config|seed|build_config|optional|ragged|sparse)$/.test(key))
    return undefined;
  if (key === "dtype") return kerasType(value);
  if (key === "activation") return kerasActivation(value, name, keras);
  if (key.endsWith("_initializer")) return kerasInitializer(value);
  if (/_(regularizer|constraint)$/.test(key)) return kerasPenalty(value);
  return value;
}

/** Settings that have another name or form in TensorFlow.js. */
function specialForm(type: string, config: Config, name: string): LayerConfig {
  const layer = (class_name: string, changed: Config = {}, without: readonly string[] = []) => {
    const kept = Object.entries(config).filter(([key]) => !without.includes(key));
    return { class_name, config: { ...Object.fromEntries(kept), ...changed } };
  };
  switch (type) {
    case "InputLayer":
      return layer(type, { batch_input_shape: config.batch_input_shape ?? config.batch_shape }, [
        "batch_shape",
      ]);
    case "BatchNormalization":
      // TensorFlow.js cannot train it without gamma and beta; loading fills them with 1 and 0.
      return layer(type, { axis: [config.axis ?? -1].flat()[0], center: true, scale: true }, [
        "renorm",
        "virtual_batch_size",
        "fused",
        "synchronized",
      ]);
    case "SeparableConv2D":
      return layer(type, {}, ["kernel_initializer", "kernel_regularizer", "kernel_constraint"]);
    case "ReLU":
      if (slope(config) !== 0) {
        return layer("LeakyReLU", { alpha: slope(config) }, ["negative_slope", "threshold", "max_value"]);
      }
      return layer(type, config.max_value == null ? {} : { max_value: firstNumber(config.max_value, 0) }, [
        "negative_slope",
        "threshold",
      ]);
    case "LeakyReLU":
      return layer(type, { alpha: firstNumber(config.negative_slope ?? config.alpha, 0.3) }, [
        "negative_slope",
      ]);
    case "ELU":
      return layer(type, { alpha: firstNumber(config.alpha, 1) });
    case "Softmax":
      if (Array.isArray(config.axis) && config.axis.length > 1) {
        throw new ModelError(
          name,
          `${name}: TensorFlow.js takes a softmax over one axis only; reshape before it`,
        );
      }
      return layer(type, { axis: [config.axis ?? -1].flat()[0] });
    default:
      return layer(type);
  }
}

/** A number that may stand in a list or an object, as NumPy's do. */
function firstNumber(value: unknown, fallback: number): number {
  if (isConfig(value) && isConfig(value.config)) return firstNumber(value.config.value, fallback);
  const [number] = [isConfig(value) ? value.value : value].flat();
  return typeof number === "number" ? number : fallback;
}
