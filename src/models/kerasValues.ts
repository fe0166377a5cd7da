import { ModelError } from "../errors.js";

/** An object of a configuration. */
export type Config = Readonly<Record<string, unknown>>;

/** Whether a value is an object with fields. */
export const isConfig = (value: unknown): value is Config =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The number type in which TensorFlow.js holds what Keras calls `dtype`: a name, or a policy. Half precision and mixed
 * precision become float32, as the weights are.
 */
export function kerasType(value: unknown): unknown {
  if (!isConfig(value)) return typeof value === "string" ? numberType(value) : value;
  const name = isConfig(value.config) ? value.config.name : undefined;
  return typeof name === "string" ? numberType(name) : "float32";
}

function numberType(name: string): string {
  if (name === "bool" || name === "string") return name;
  return /^u?int/.test(name) ? "int32" : "float32";
}

const activations = new Set(
  "elu gelu linear log_softmax mish relu relu6 selu sigmoid softmax softplus softsign swish tanh".split(" "),
);

/**
 * The name of an activation in TensorFlow.js.
 *
 * @param layer the layer's name, for the error
 * @throws ModelError for one that TensorFlow.js lacks or computes otherwise
 */
export function kerasActivation(value: unknown, layer: string, keras: number): string {
  const named = isConfig(value) ? value.config : value;
  if (named === null || named === undefined) return "linear";
  const name = named === "silu" ? "swish" : named;
  if (typeof name === "string" && activations.has(name)) return name;
  if (name === "hard_sigmoid" && keras < 3) return name;
  const why =
    name === "hard_sigmoid"
      ? "Keras 3 computes hard_sigmoid as relu6(x + 3) / 6, TensorFlow.js as Keras 2 did"
      : `TensorFlow.js has no activation ${JSON.stringify(name)}`;
  throw new ModelError(
    layer,
    `${layer}: ${why}; build the model here with layers that say the same, and load the weights by loadKerasWeights`,
  );
}

const initializers = new Set(
  "Zeros Ones Constant RandomUniform RandomNormal TruncatedNormal VarianceScaling GlorotUniform GlorotNormal HeNormal HeUniform LeCunNormal LeCunUniform Orthogonal Identity".split(
    " ",
  ),
);
const constraints = new Set(["MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"]);

/** An initializer with its class and settings only; undefined for one that TensorFlow.js lacks. */
export function kerasInitializer(value: unknown): unknown {
  if (!isConfig(value)) return value;
  const name = String(value.class_name)
    .replace(/^Lecun/, "LeCun")
    .replace(/V2$/, "");
  if (!initializers.has(name)) return undefined;
  const { seed, dtype: _, ...config } = isConfig(value.config) ? value.config : {};
  return { class_name: name, config: typeof seed === "number" ? { ...config, seed } : config };
}

/** A regularizer or constraint in TensorFlow.js's form; null for one that it lacks. */
export function kerasPenalty(value: unknown): unknown {
  if (!isConfig(value)) return null;
  const config = isConfig(value.config) ? value.config : {};
  if (value.class_name === "L1L2" || value.class_name === "L1" || value.class_name === "L2") {
    return { class_name: "L1L2", config: { l1: Number(config.l1 ?? 0), l2: Number(config.l2 ?? 0) } };
  }
  return constraints.has(String(value.class_name)) ? { class_name: value.class_name, config } : null;
}
