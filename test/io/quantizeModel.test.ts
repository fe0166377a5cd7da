import { readdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { loadModel, saveModel } from "../../src/io/modelFiles.js";
import { quantizeModel } from "../../src/io/quantizeModel.js";
import { contractOf } from "../../src/models/contract.js";
import { simpleCnn } from "../../src/models/simpleCnn.js";
import { temporaryFolders } from "./temporaryFolder.js";

const temporaryFolder = temporaryFolders();
beforeAll(async () => {
  await tf.setBackend("cpu");
});

const bytesOfWeights = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".bin"))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

const weightsOf = (model: LayersModel) =>
  model.weights.map((weight) => Array.from(weight.read().dataSync<"float32">()));

describe("quantizeModel", () => {
  it.each([
    ["float16", false, 0.55],
    ["uint8", false, 0.32],
    ["uint8", true, 0.36],
  ] as const)(
    "with %s, by channel: %s, writes fewer bytes than a share, which loadModel reads",
    async (method, perChannel, share) => {
      const folder = temporaryFolder({});
      const model = simpleCnn({
        filters: [16, 32],
        kernelSize: 3,
        height: 16,
        width: 16,
        classes: ["Edema", "Mass"],
        seed: 3,
      });
      await saveModel(model, join(folder, "whole"));
      const report = await quantizeModel(join(folder, "whole"), join(folder, "small"), {
        method,
        perChannel,
      });
      expect(bytesOfWeights(join(folder, "whole"))).toBe(report.bytesBefore);
      expect(bytesOfWeights(join(folder, "small"))).toBe(report.bytesAfter);
      expect(report.bytesAfter).toBeLessThan(share * report.bytesBefore);
      const loaded = await loadModel(join(folder, "small"));
      expect(contractOf(loaded)).toEqual(contractOf(model));
      const [former, read] = [weightsOf(model), weightsOf(loaded)];
      report.weights.forEach(({ storedAs, reason, greatestError, name }, w) => {
        const place = model.weights.findIndex(({ originalName }) => originalName === name);
        const errors = former[place]!.map((value, i) => Math.abs(value - read[place]![i]!));
        expect(Math.max(...errors), name).toBe(greatestError);
        expect(reason).toBe(report.weights[w]!.shape.length < 2 ? "kept" : undefined);
        expect(storedAs === "as it was").toBe(reason === "kept");
      });
      // Quantising the model itself gives the same files.
      await quantizeModel(model, join(folder, "again"), { method, perChannel });
      expect(readdirSync(join(folder, "again"))).toEqual(readdirSync(join(folder, "small")));
      model.dispose();
      loaded.dispose();
    },
  );

  it("refuses to write over its source by way of a link", async () => {
    const folder = temporaryFolder({});
    const model = simpleCnn({ filters: [2], kernelSize: 3, height: 8, width: 8, classes: ["A"], seed: 3 });
    await saveModel(model, join(folder, "source"));
    model.dispose();
    symlinkSync(join(folder, "source"), join(folder, "link"));
    const quantizing = quantizeModel(join(folder, "source"), join(folder, "link"), { method: "uint8" });
    await expect(quantizing).rejects.toMatchObject({ code: "argument", argument: "target" });
  });

  it("refuses to write over its source, and a folder without a model", async () => {
    const folder = temporaryFolder({});
    await expect(quantizeModel(folder, join(folder, "."), { method: "uint8" })).rejects.toMatchObject({
      code: "argument",
      argument: "target",
    });
    await expect(quantizeModel(folder, join(folder, "small"), { method: "uint8" })).rejects.toMatchObject({
      code: "model",
      subject: join(folder, "model.json"),
    });
  });
});
