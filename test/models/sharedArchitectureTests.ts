import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, model as modelOf, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { beforeEach, describe, expect, it } from "vitest";
import { onnxBackendReport } from "../../src/backends/onnx-entry.js";
import { useBackend } from "../../src/backends/useBackend.js";
import { ArgumentError } from "../../src/errors.js";
import { contractOf, type ModelHead, setContract } from "../../src/models/contract.js";
import type { ImageNetworkOptions } from "../../src/models/imageClassifier.js";
import {
  expectFinite,
  lossOf,
  minimize,
  noisyImages,
  outputsOf,
  savedAndLoaded,
  variables,
  weightsOf,
} from "./modelRuns.js";

/** What {@link describeArchitecture} has to know. */
export interface ArchitectureCase {
  /** Name in the contract. */
  readonly architecture: string;
  /** Builds a small one for these options. */
  readonly build: (options: ImageNetworkOptions) => LayersModel;
  /** Heads that the contract is to name. */
  readonly heads: readonly ModelHead[];
  /** Number of feature stages that the contract is to name, with reductions 2, 4, 8, ...; 0 by default. */
  readonly stages?: number;
  /** The same network without a head, where the architecture is an encoder too. */
  readonly encoder?: (options: ImageNetworkOptions) => LayersModel;
  /** Rows and columns of the images in most tests; [11, 14] by default. */
  readonly size?: readonly [number, number];
  /** Fewest rows and columns, which work while one fewer is refused by an error that names them; unset: see `refuses`. */
  readonly smallest?: number;
  /** Rows and columns that have to work; by default some odd and oblong ones from `smallest` on. */
  readonly accepts?: readonly (readonly [number, number])[];
  /** Rows and columns that have to be refused, and what the error says: the size to pad to. */
  readonly refuses?: readonly { readonly size: readonly [number, number]; readonly message: RegExp }[];
  /** How one batch is learnt by heart: steps of Adam, its learning rate, and the loss to get below. */
  readonly learning?: { readonly steps?: number; readonly rate?: number; readonly below?: number };
  /** How far a weight may differ between backends after one training step; 1e-4 by default. */
  readonly tolerance?: number;
}

const batchSize = 4;

/** What every architecture has to pass. */
export function describeArchitecture(title: string, given: ArchitectureCase): void {
  const { architecture, build, heads, smallest, stages = 0, encoder, tolerance = 1e-4 } = given;
  const [height, width] = given.size ?? [11, 14];
  const size = { height, width, channels: 1 } as const;
  const shape = [batchSize, height, width, 1] as const;
  const outputShape = ({ kind, classes }: ModelHead, n: number, h = height, w = width) =>
    kind === "segmentation" ? [n, h, w, classes.length] : [n, classes.length];

  describe(title, () => {
    beforeEach(async () => {
      await tf.setBackend("cpu");
    });

    it("gives finite logits for every head: [batch, classes], or [batch, height, width, masks]", async () => {
      const model = build(size);
      const logits = outputsOf(model.predict(noisyImages(shape)));
      expect(logits.map((tensor) => tensor.shape)).toEqual(heads.map((head) => outputShape(head, batchSize)));
      await expectFinite(logits);
      model.dispose();
    });

    it("has a finite gradient, not all 0, in every trainable weight", async () => {
      const model = build(size);
      const { grads } = tf.variableGrads(() => lossOf(model, noisyImages(shape)), variables(model));
      expect(Object.keys(grads)).toHaveLength(model.trainableWeights.length);
      for (const [weight, gradient] of Object.entries(grads)) {
        const values = [...(await gradient.data())];
        expect(values.every(Number.isFinite), weight).toBe(true);
        expect(
          values.some((value) => value !== 0),
          weight,
        ).toBe(true);
      }
      model.dispose();
    });

    const least = smallest ?? Math.min(height, width);
    const accepted = given.accepts ?? [
      [least, least],
      [least + 1, least + 6],
      [least + 7, least],
    ];
    it.each(accepted)("takes %d x %d pixels, of one channel and of three", async (rows, columns) => {
      for (const channels of [1, 3] as const) {
        const model = build({ height: rows, width: columns, channels });
        const logits = outputsOf(model.predict(noisyImages([1, rows, columns, channels])));
        expect(logits.map((tensor) => tensor.shape)).toEqual(
          heads.map((head) => outputShape(head, 1, rows, columns)),
        );
        await expectFinite(logits);
        model.dispose();
      }
    });

    it("refuses other sizes and channels before it makes a tensor, and says which size to give", () => {
      const before = tf.memory().numTensors;
      if (smallest !== undefined) {
        const tooSmall = new RegExp(`is ${smallest - 1};.* at least ${smallest} x ${smallest} pixels`);
        expect(() => build({ ...size, height: smallest - 1 })).toThrow(tooSmall);
        expect(() => build({ ...size, width: smallest - 1 })).toThrow(tooSmall);
      }
      for (const refused of given.refuses ?? []) {
        const [rows, columns] = refused.size;
        expect(() => build({ height: rows, width: columns })).toThrow(refused.message);
        expect(() => build({ height: rows, width: columns })).toThrow(ArgumentError);
      }
      expect(() => build({ ...size, width: width + 0.5 })).toThrow(ArgumentError);
      expect(() => build({ ...size, channels: 2 as 3 })).toThrow(/options\.channels: is 2/);
      expect(tf.memory().numTensors).toBe(before);
    });

    it("carries its contract, whose normalisation is open until training", () => {
      const model = build(size);
      const { stages: promised, ...contract } = contractOf(model);
      expect(contract).toEqual({ version: 1, architecture, heads, input: size });
      expect(promised?.length ?? 0).toBe(stages);
      expect(model.outputNames).toEqual(heads.map(({ name }) => name));
      model.dispose();
    });

    for (const [kind, make] of [
      ["model", build] as const,
      ...(encoder ? [["encoder", encoder] as const] : []),
    ]) {
      if (stages > 0)
        it(`names ${stages} feature stages of the ${kind}, each of the promised size`, async () => {
          const rows = Math.max(32, 2 ** stages);
          const model = make({ height: rows, width: 2 * rows });
          const promised = contractOf(model).stages!;
          expect(promised.map(({ name, reduction }) => [name, reduction])).toEqual(
            Array.from({ length: stages }, (_, i) => [`stage${i + 1}`, 2 ** (i + 1)]),
          );
          const maps = modelOf({
            inputs: model.inputs,
            outputs: promised.map(({ layer }) => model.getLayer(layer).output as SymbolicTensor),
          });
          const outputs = outputsOf(maps.predict(noisyImages([1, rows, 2 * rows, 1])));
          promised.forEach(({ reduction }, i) => {
            const { shape } = outputs[i]!;
            expect(shape).toHaveLength(4);
            expect(shape.slice(0, 3)).toEqual([1, rows / reduction, (2 * rows) / reduction]);
          });
          model.dispose();
        });
    }

    if (encoder)
      it("is an encoder without classes: no head, the last stage's maps, the same weights", async () => {
        const [bare, whole] = [encoder!(size), build(size)];
        expect(contractOf(bare)).toEqual({ ...contractOf(whole), heads: [] });
        expect(bare.outputNames).toEqual([contractOf(bare).stages!.at(-1)!.layer]);
        expect(bare.outputs[0]!.shape).toHaveLength(4);
        for (const layer of bare.layers) {
          const [alone, inside] = [layer, whole.getLayer(layer.name)].map((l) => l.getWeights());
          for (const [i, weight] of alone!.entries()) {
            expect(await weight.data(), layer.name).toEqual(await inside![i]!.data());
          }
        }
        for (const model of [bare, whole]) model.dispose();
      });

    it("is the same after saving and loading: weights, contract, outputs in inference and in training", async () => {
      const model = build(size);
      const decided = contractOf(model).heads.map((head) => {
        const values = head.classes.map((_, c) => (c === 1 ? NaN : 0.3));
        return { ...head, thresholds: { values, criterion: "youden", chosenOn: "validation" } };
      });
      setContract(model, { ...contractOf(model), heads: decided });
      const images = noisyImages(shape);
      tf.dispose(outputsOf(model.apply(images, { training: true })));
      const loaded = await savedAndLoaded(model);
      expect(contractOf(loaded)).toEqual(contractOf(model));
      expect(await weightsOf(loaded)).toEqual(await weightsOf(model));
      for (const training of [false, true]) {
        const [a, b] = [model, loaded].map((m) => outputsOf(m.apply(images, { training })));
        for (const [i, output] of a!.entries()) expect(await b![i]!.data()).toEqual(await output.data());
      }
      tf.dispose(images);
      for (const m of [model, loaded]) m.dispose();
    });

    it("learns one batch by heart and leaves no tensor", async () => {
      const { steps = 16, rate = 0.05, below = 0.15 } = given.learning ?? {};
      await useBackend("onnx", { threads: 2 });
      const before = tf.memory().numTensors;
      const model = build(size);
      const images = noisyImages(shape);
      const optimizer = tf.train.adam(rate);
      const losses = [await minimize(model, optimizer, images), await minimize(model, optimizer, images)];
      const held = tf.memory().numTensors;
      while (losses.length < steps) losses.push(await minimize(model, optimizer, images));
      expect(tf.memory().numTensors).toBe(held);
      expect(losses[0]).toBeGreaterThan(0.5);
      expect(losses.slice(-3).reduce((a, b) => a + b) / 3).toBeLessThan(below);
      optimizer.dispose();
      images.dispose();
      model.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });

    it("has the same weights for the same seed, on wasm as on cpu, and others for another seed", async () => {
      const weights = async (seed: number) => {
        const model = build({ ...size, seed });
        const values = await weightsOf(model);
        model.dispose();
        return values;
      };
      const onCpu = await weights(1);
      expect(await weights(2)).not.toEqual(onCpu);
      await tf.setBackend("wasm");
      expect(await weights(1)).toEqual(onCpu);
    });

    it("makes the same training step on the ONNX backend as on cpu, every kernel in ONNX's own form", async () => {
      const step = async () => {
        const model = build(size);
        const images = noisyImages(shape);
        const optimizer = tf.train.sgd(1);
        const loss = await minimize(model, optimizer, images);
        const weights = await weightsOf(model);
        optimizer.dispose();
        images.dispose();
        model.dispose();
        return [[loss], ...weights];
      };
      const onCpu = await step();
      await useBackend("onnx", { threads: 2 });
      const before = onnxBackendReport().fallbacks;
      const onOnnx = await step();
      expect(onnxBackendReport().fallbacks).toEqual(before);
      const furthest = onCpu.map((values, w) =>
        values.reduce((most, value, k) => Math.max(most, Math.abs(value - onOnnx[w]![k]!)), 0),
      );
      expect(Math.max(...furthest)).toBeLessThan(tolerance);
    });
  });
}
