import { loadLayersModel } from "@tensorflow/tfjs-layers";
import { isRadiolucentError, useBackend } from "radiolucent";
import { beforeAll, describe, expect, test } from "vitest";
import { kerasTopology } from "../../src/models/kerasTopology.js";
import { kerasReference } from "../io/kerasFixture.js";

beforeAll(() => useBackend("cpu"));

const { topologies } = kerasReference;

async function modelOf(topology: unknown) {
  return loadLayersModel({ load: async () => ({ modelTopology: topology as object }) });
}

function errorOf(topology: unknown) {
  try {
    kerasTopology(topology);
  } catch (error) {
    if (isRadiolucentError(error, "model")) return error;
    throw error;
  }
  throw new Error("expected a ModelError");
}

/** A Keras 3 model of one layer. */
const single = (class_name: string, config: object, version?: string) => ({
  ...(version && { keras_version: version }),
  model_config: {
    class_name: "Sequential",
    registered_name: null,
    config: {
      name: "one",
      layers: [
        { class_name: "InputLayer", config: { name: "in", batch_shape: [null, 4, 4, 2] } },
        { class_name, config: { name: "layer", ...config } },
      ],
    },
  },
});

describe("kerasTopology", () => {
  test.each([
    ["sequential", ["stem", "norm", "depth", "norm_2", "head"], [2]],
    ["nested", ["stem", "norm", "depth", "norm_2", "head"], [2]],
    ["branched", ["left", "right", "findings", "view"], [2, 1]],
  ] as const)(
    "%s of Keras 3: TensorFlow.js reads it, with weights named layer/weight",
    async (name, layers, columns) => {
      const given = { keras_version: "3.8.0", model_config: topologies[name] };
      const copy = structuredClone(given);
      const topology = kerasTopology(given) as { keras_version: string };
      expect(given).toEqual(copy);
      expect(topology.keras_version).toBe("3.8.0");
      const model = await modelOf(topology);
      const names = model.weights.map(({ originalName }) =>
        originalName.slice(0, originalName.lastIndexOf("/")),
      );
      expect(new Set(names)).toEqual(new Set(layers));
      expect(model.outputs.map(({ shape }) => shape[1])).toEqual(columns);
      model.dispose();
    },
  );

  test("without the modules that the converter takes out it is read the same", async () => {
    const bare = JSON.parse(
      JSON.stringify(topologies.branched, (key, value) =>
        /^(module|registered_name)$/.test(key) ? undefined : value,
      ),
    ) as object;
    const model = await modelOf(kerasTopology({ keras_version: "3.5.0", model_config: bare }));
    expect(model.outputs).toHaveLength(2);
    model.dispose();
  });

  test("a topology that TensorFlow.js reads already comes back as the same object", async () => {
    const translated = kerasTopology({ model_config: topologies.nested });
    expect(kerasTopology(translated)).toBe(translated);
    const model = await modelOf(translated);
    const own = JSON.parse(model.toJSON() as string) as unknown;
    expect(kerasTopology(own)).toBe(own);
    model.dispose();
  });

  test("half precision becomes float32, silu swish, L2 an L1L2, frozen layers stay so", () => {
    const config = {
      filters: 1,
      kernel_size: [1, 1],
      trainable: false,
      activation: "silu",
      dtype: { class_name: "DTypePolicy", config: { name: "mixed_float16" } },
      kernel_regularizer: { class_name: "L2", config: { l2: 0.01 } },
    };
    const { model_config } = kerasTopology(single("Conv2D", config)) as {
      model_config: { config: { layers: object[] } };
    };
    expect(model_config.config.layers[1]).toEqual({
      class_name: "Conv2D",
      config: {
        name: "layer",
        filters: 1,
        kernel_size: [1, 1],
        trainable: false,
        activation: "swish",
        dtype: "float32",
        kernel_regularizer: { class_name: "L1L2", config: { l1: 0, l2: 0.01 } },
      },
    });
  });

  test.each([
    [
      "ReLU",
      { max_value: { type: "ndarray", value: 6 }, negative_slope: 0, threshold: 0 },
      "ReLU",
      { max_value: 6 },
    ],
    ["ReLU", { max_value: null, negative_slope: 0.2, threshold: 0 }, "LeakyReLU", { alpha: 0.2 }],
    ["LeakyReLU", { negative_slope: 0.1 }, "LeakyReLU", { alpha: 0.1 }],
    ["Activation", { activation: "leaky_relu" }, "LeakyReLU", { alpha: 0.2 }],
    ["SpatialDropout2D", { rate: 0.3, seed: 5 }, "Dropout", { rate: 0.3, noise_shape: [null, 1, 1, null] }],
    ["RandomFlip", { mode: "horizontal" }, "Activation", { activation: "linear" }],
    [
      "BatchNormalization",
      { axis: [3], scale: false },
      "BatchNormalization",
      { axis: 3, center: true, scale: true },
    ],
  ])("%s %j becomes %s %j", (type, config, wanted, settings) => {
    const { model_config } = kerasTopology(single(type, config)) as {
      model_config: { config: { layers: object[] } };
    };
    const [, layer] = model_config.config.layers;
    expect(layer).toEqual({ class_name: wanted, config: { name: "layer", ...settings } });
  });

  test.each([
    ["Conv2D", { filters: 2, kernel_size: 1, groups: 2 }, /2 groups/],
    ["Conv2D", { filters: 2, kernel_size: 1, data_format: "channels_first" }, /channels first/],
    ["Dense", { units: 1, activation: "hard_sigmoid" }, /relu6/],
    ["Dense", { units: 1, activation: "exponential" }, /no activation "exponential"/],
    ["GlobalAveragePooling2D", { keepdims: true }, /keepdims/],
    ["UpSampling2D", { size: [2, 2], interpolation: "bilinear" }, /centres/],
    ["Rescaling", { scale: [1, 2], offset: 0 }, /one scale a channel/],
    ["Normalization", { axis: -1 }, /on the images/],
    ["Resizing", { height: 2, width: 2 }, /on the images/],
    ["ELU", { alpha: 2 }, /alpha/],
    ["ReLU", { negative_slope: 0.1, max_value: 6, threshold: 0 }, /slope and a maximum/],
    ["MyLayer", {}, /registerClass/],
  ])("%s %j is refused, since TensorFlow.js would compute something else", (type, config, message) => {
    const error = errorOf(single(type, config, "3.8.0"));
    expect(error.subject).toBe("layer");
    expect(error.message).toMatch(message);
  });

  test("bilinear enlarging of Keras before TensorFlow 2 is the same and passes", () => {
    expect(() => kerasTopology(single("UpSampling2D", { interpolation: "bilinear" }, "2.2.4"))).not.toThrow();
    expect(() => kerasTopology(single("UpSampling2D", { interpolation: "bilinear" }, "2.2.4-tf"))).toThrow(
      /centres/,
    );
  });

  test("a model class of its own, a missing layer and a circle are refused instead of waited for", () => {
    const subclass = errorOf({
      model_config: { class_name: "CheXNet", registered_name: "a>CheXNet", config: {} },
    });
    expect(subclass.subject).toBe("CheXNet");
    const functional = (source: string) => ({
      model_config: {
        class_name: "Functional",
        config: {
          name: "f",
          layers: [
            {
              class_name: "InputLayer",
              name: "in",
              config: { name: "in", batch_input_shape: [null, 2] },
              inbound_nodes: [],
            },
            {
              class_name: "Flatten",
              name: "flat",
              config: { name: "flat" },
              inbound_nodes: [[[source, 0, 0, {}]]],
            },
          ],
          input_layers: [["in", 0, 0]],
          output_layers: [["flat", 0, 0]],
        },
      },
    });
    expect(() => kerasTopology(functional("in"))).not.toThrow();
    expect(errorOf(functional("gone")).message).toMatch(/^gone: layer "flat" needs this layer/);
    expect(errorOf(functional("flat")).message).toMatch(/input from itself/);
  });
});
