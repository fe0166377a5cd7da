import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { InputFormat } from "../../src/images/inputFormat.js";
import { contractOf, setContract } from "../../src/models/contract.js";
import { fit } from "../../src/training/fit.js";
import { predict } from "../../src/training/predict.js";
import {
  classes,
  format,
  giveContract,
  logisticRegression,
  loss,
  makeBatch,
  makeSamples,
  memorySource,
  type SourceOptions,
} from "./support.js";

beforeAll(() => tf.setBackend("cpu"));

const samples = makeSamples(8, 1);
const statistics = (mean: number): InputFormat => ({
  ...format,
  normalization: { method: "statistics", mean, standardDeviation: 0.25 },
});

/** The message of the ModelError that a training, or a prediction, on such a source gives; "" for none. */
async function complaint(
  use: "training" | "validation" | "predict",
  source: Partial<SourceOptions>,
): Promise<string> {
  const model = logisticRegression();
  const odd = memorySource({ samples, ...source });
  const sound = memorySource({ samples, format: statistics(0.5) });
  try {
    await fit(model, {
      training: sound,
      validation: sound,
      loss,
      epochs: 1,
      ...(use !== "predict" && { [use]: odd }),
    });
    if (use === "predict") await predict(model, odd);
    return "";
  } catch (error) {
    expect(error).toMatchObject({ code: "model" });
    return (error as Error).message;
  }
}

describe("a source must fit the model's contract", () => {
  test.each(["training", "validation", "predict"] as const)("classes: %s", async (use) => {
    const same = { format: statistics(0.5) };
    expect(await complaint(use, { ...same, classes: ["Mass", "Edema"] })).toContain(
      "classes are Edema, Mass; the " +
        `${use === "predict" ? "" : `${use} `}source has Mass, Edema: the same names, but not each once in the same order`,
    );
    expect(await complaint(use, { ...same, classes: ["Edema", "Hernia"] })).toContain(
      "lacking Mass and with Hernia, which the model has not",
    );
  });

  test.each(["training", "validation", "predict"] as const)("height, width and channels: %s", async (use) => {
    const message = await complaint(use, { format: { ...statistics(0.5), height: 4, channels: 3 } });
    expect(message).toContain("the model takes height 2, channels 1; the");
    expect(message).toContain("gives height 4, channels 3");
  });

  test.each(["validation", "predict"] as const)("normalisation, to the last digit: %s", async (use) => {
    const message = await complaint(use, { format: statistics(0.5000000000000001) });
    expect(message).toContain("the model takes normalization statistics (mean 0.5, standard deviation 0.25)");
    expect(message).toContain(
      "gives normalization statistics (mean 0.5000000000000001, standard deviation 0.25)",
    );
    expect(await complaint(use, { format })).toContain(
      "gives normalization statistics (mean 0.5, standard deviation 0.05)",
    );
    expect(await complaint(use, { format: statistics(0.5) })).toBe("");
  });
});

describe("preprocessing is part of the contract", () => {
  const evened = { ...statistics(0.5), preprocessing: "CLAHE" };

  test("fit writes it where nothing was trained, and keeps to it after that", async () => {
    const model = logisticRegression();
    await fit(model, { training: memorySource({ samples, format: evened }), loss, epochs: 1 });
    expect(contractOf(model).input).toEqual(evened);
    const raw = { training: memorySource({ samples, format: statistics(0.5) }), loss, epochs: 1 };
    await expect(fit(model, raw)).rejects.toMatchObject({ code: "model", subject: "input.preprocessing" });
  });

  test("validation and predict must be prepared alike, with it and without it", async () => {
    for (const use of ["validation", "predict"] as const) {
      expect(await complaint(use, { format: evened })).toContain(
        "the model takes preprocessing none; the " +
          `${use === "predict" ? "" : "validation "}source gives preprocessing CLAHE`,
      );
    }
    const model = logisticRegression();
    setContract(model, { ...contractOf(model), input: evened });
    await expect(predict(model, memorySource({ samples, format: statistics(0.5) }))).rejects.toThrow(
      "the model takes preprocessing CLAHE; the source gives preprocessing none",
    );
  });
});

describe("fit and the contract", () => {
  const options = { training: memorySource({ samples, format: statistics(0.5) }), loss, epochs: 1 };

  test("writes the training source's normalisation where there is none, keeps to it where there is one", async () => {
    const model = logisticRegression();
    await fit(model, options);
    expect(contractOf(model).input).toEqual(statistics(0.5));
    await fit(model, options);
    const other = { ...options, training: memorySource({ samples, format: statistics(0.4) }) };
    await expect(fit(model, other)).rejects.toMatchObject({ code: "model", subject: "input.normalization" });
    expect(contractOf(model).input).toEqual(statistics(0.5));
  });

  test("takes out thresholds, which were chosen for other weights", async () => {
    const model = logisticRegression();
    const thresholds = { values: [0.5, 0.5], criterion: "youden", chosenOn: "validation" };
    const [head] = contractOf(model).heads;
    setContract(model, { ...contractOf(model), heads: [{ ...head!, thresholds }] });
    await fit(model, options);
    expect(contractOf(model).heads).toEqual([head]);
  });

  test("refuses a model with a head that the batches know nothing of, and one with nothing to train", async () => {
    const two = logisticRegression();
    giveContract(two, [classes, ["Tube"]]);
    await expect(fit(two, options)).rejects.toMatchObject({ code: "model", subject: "head1" });
    const bare = logisticRegression();
    giveContract(bare, []);
    await expect(fit(bare, options)).rejects.toMatchObject({ code: "model", subject: "heads" });
    const frozen = logisticRegression();
    for (const layer of frozen.layers) layer.trainable = false;
    await expect(fit(frozen, options)).rejects.toMatchObject({ code: "model", subject: "trainableWeights" });
  });
});

describe("predict and the contract", () => {
  test("refuses a model whose normalisation is not known", async () => {
    await expect(predict(logisticRegression(), memorySource({ samples }))).rejects.toMatchObject({
      code: "model",
      subject: "input.normalization",
    });
  });

  test("refuses bare batches of another size, other classes, or with rows that do not match", async () => {
    const model = logisticRegression();
    setContract(model, { ...contractOf(model), input: format });
    const batch = makeBatch(samples, [0, 1]);
    const large = { ...batch, images: { ...batch.images, shape: [2, 4, 1, 1] } };
    await expect(predict(model, [large as typeof batch])).rejects.toThrow(
      "the model takes images of shape [batch, 2, 2, 1]; the batch has [2,4,1,1]",
    );
    await expect(predict(model, [makeBatch(samples, [0], ["Mass", "Edema"])])).rejects.toMatchObject({
      subject: "classes",
    });
    const short = { ...batch, labels: makeBatch(samples, [0]).labels };
    await expect(predict(model, [short])).rejects.toThrow("labels of shape [1,2]");
    const nameless = { ...batch, studies: [] };
    await expect(predict(model, [nameless])).rejects.toMatchObject({ subject: "studies" });
  });
});
