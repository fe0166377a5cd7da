import ndarray, { type NdArray } from "ndarray";
import { randomStream } from "../src/random.js";
import type { Batch } from "../src/training/batch.js";
import type { Workload } from "./trainingCases.js";

/** Names of the classes of DenseNet121, as many as ChestX-ray14 has. */
export const classes: readonly string[] = Array.from({ length: 14 }, (_, c) => `class ${c}`);

/**
 * One batch that can be learnt: noise, with findings drawn at random for DenseNet121, or with a brighter square in the
 * middle and its mask, [batch, size, size, 1], for the U-Net.
 */
export function trainingBatch({ network, size, batch }: Workload): Batch {
  const random = randomStream(0);
  const images = ndarray(
    Float32Array.from({ length: batch * size * size * 3 }, () => random.normal()),
    [batch, size, size, 3],
  );
  const studies = Array.from({ length: batch }, (_, i) => ({ imageId: `${i}`, patientId: `${i}` }));
  const values = ndarray(
    Float32Array.from({ length: batch * classes.length }, () => Number(random.uniform() < 0.3)),
    [batch, classes.length],
  );
  const labels = { classes, values };
  if (network === "denseNet121") return { images, labels, studies };
  return { images, labels, masks: brightenSquare(images), maskNames: ["square"], studies };
}

function brightenSquare(images: NdArray<Float32Array>): NdArray<Float32Array> {
  const [batch, height, width] = images.shape as [number, number, number];
  const mask = ndarray(new Float32Array(batch * height * width), [batch, height, width, 1]);
  for (let b = 0; b < batch; b++) {
    for (let r = Math.floor(height / 4); r < height - Math.floor(height / 4); r++) {
      for (let c = Math.floor(width / 4); c < width - Math.floor(width / 4); c++) {
        mask.set(b, r, c, 0, 1);
        for (let k = 0; k < 3; k++) images.set(b, r, c, k, images.get(b, r, c, k) + 1);
      }
    }
  }
  return mask;
}
