import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import wabt from "wabt";
import { adamModule, adamStep } from "../../../src/backends/onnx/training/adamStep.js";
import { randomStream } from "../../../src/random.js";

describe("the step of Adam", () => {
  it("is what adam.wat says", async () => {
    const file = new URL("../../../src/backends/onnx/training/adam.wat", import.meta.url);
    const module = (await wabt()).parseWat("adam.wat", readFileSync(fileURLToPath(file), "utf8"), {
      simd: true,
    });
    expect(adamModule).toBe(Buffer.from(module.toBinary({}).buffer).toString("base64"));
  });

  it("is Kingma and Ba's, for any length", () => {
    const settings = { beta1: 0.9, beta2: 0.999, rate: 0.002, correction: 1.7, epsilon: 1e-7 };
    for (const length of [1, 3, 4, 8191, 8192, 8193, 20_001]) {
      const random = randomStream(length);
      const draw = () => Float32Array.from({ length }, () => random.normal());
      const [gradient, first, weights] = [draw(), draw(), draw()];
      const second = draw().map((value) => value * value);
      const expected = weights.map((weight, i) => {
        const g = gradient[i]!;
        const m = 0.9 * first[i]! + (1 - 0.9) * g;
        const v = 0.999 * second[i]! + (1 - 0.999) * g * g;
        return weight - (0.002 * m) / (Math.sqrt(1.7 * v) + 1e-7);
      });
      const kept = gradient.slice();
      adamStep(gradient, { first, second, weights }, settings);
      expect(gradient).toEqual(kept);
      for (const [i, weight] of weights.entries()) expect(Math.abs(weight - expected[i]!)).toBeLessThan(1e-6);
    }
  });
});
