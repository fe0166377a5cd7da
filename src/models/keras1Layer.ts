import { ModelError } from "../errors.js";
import type { LayerConfig } from "./kerasLayer.js";
import type { Config } from "./kerasValues.js";

/**
 * A layer of Keras 1 as Keras 2 would write it.
 *
 * @throws ModelError, its `subject` the layer, for channels first, an axis of Theano's or a class that is not known here
 */
export function keras1Layer({ class_name: type, config }: LayerConfig): LayerConfig {
  const name = String(config.name);
  if (config.dim_ordering === "th") {
    throw new ModelError(
      name,
      `${name}: has channels first (dim_ordering "th"), which TensorFlow.js's layers don't compute; convert the model to dim_ordering "tf" in Keras, with its weights, and save it again`,
    );
  }
  const kept: Config = {
    name,
    ...(config.batch_input_shape !== undefined && { batch_input_shape: config.batch_input_shape }),
    ...(config.trainable !== undefined && { trainable: config.trainable }),
  };
  const made = (class_name: string, settings: Config): LayerConfig => ({
    class_name,
    config: { ...kept, ...settings },
  });
  const window = {
    padding: config.border_mode ?? "valid",
    strides: config.subsample ?? [1, 1],
    activation: config.activation ?? "linear",
    use_bias: config.bias ?? true,
  };
  switch (type) {
    case "Convolution2D":
      return made("Conv2D", {
        ...window,
        filters: config.nb_filter,
        kernel_size: [config.nb_row, config.nb_col],
      });
    case "AtrousConvolution2D":
      return made("Conv2D", {
        ...window,
        filters: config.nb_filter,
        kernel_size: [config.nb_row, config.nb_col],
        dilation_rate: config.atrous_rate,
      });
    case "SeparableConvolution2D":
      return made("SeparableConv2D", {
        ...window,
        filters: config.nb_filter,
        kernel_size: [config.nb_row, config.nb_col],
        depth_multiplier: config.depth_multiplier ?? 1,
      });
    case "Dense":
      return made("Dense", {
        units: config.output_dim,
        activation: config.activation ?? "linear",
        use_bias: config.bias ?? true,
      });
    case "MaxPooling2D":
    case "AveragePooling2D":
      return made(type, {
        pool_size: config.pool_size,
        strides: config.strides ?? config.pool_size,
        padding: config.border_mode ?? "valid",
      });
    case "BatchNormalization":
      if ((config.mode ?? 0) !== 0) {
        throw new ModelError(
          name,
          `${name}: batch normalisation of Keras 1 in mode ${String(config.mode)} has no counterpart in TensorFlow.js; train with mode 0`,
        );
      }
      return made(type, {
        axis: config.axis ?? -1,
        epsilon: config.epsilon ?? 1e-3,
        momentum: config.momentum ?? 0.99,
      });
    case "Dropout":
    case "SpatialDropout2D":
      return made(type, { rate: config.p });
    case "Merge":
      return made(
        mergeClass(String(config.mode), name),
        config.mode === "concat" ? { axis: config.concat_axis } : {},
      );
    case "UpSampling2D":
      return made(type, { size: config.size });
    case "ZeroPadding2D":
      return made(type, { padding: config.padding });
    case "Cropping2D":
      return made(type, { cropping: config.cropping });
    case "ELU":
    case "LeakyReLU":
      return made(type, { alpha: config.alpha });
    case "InputLayer":
    case "Flatten":
    case "GlobalAveragePooling2D":
    case "GlobalMaxPooling2D":
      return made(type, {});
    case "Activation":
      return made(type, { activation: config.activation });
    case "Reshape":
      return made(type, { target_shape: config.target_shape });
    case "Permute":
      return made(type, { dims: config.dims });
    default:
      throw new ModelError(
        name,
        `${name}: the layer ${type} of Keras 1 is not known here; build the model with this library or tf.layers and load the weights by loadKerasWeights`,
      );
  }
}

function mergeClass(mode: string, layer: string): string {
  const classes: Readonly<Record<string, string>> = {
    sum: "Add",
    mul: "Multiply",
    ave: "Average",
    max: "Maximum",
    concat: "Concatenate",
  };
  const found = classes[mode];
  if (found !== undefined) return found;
  throw new ModelError(
    layer,
    `${layer}: Merge of Keras 1 in mode "${mode}" has no counterpart in TensorFlow.js`,
  );
}
