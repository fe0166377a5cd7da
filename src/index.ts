/**
 * Deep learning on chest X-rays with TensorFlow.js: everything that runs in a browser and in Node alike.
 *
 * @module
 */
export * from "./backends/index.js";
export * from "./balance/index.js";
export * from "./datasets/index.js";
export * from "./errors.js";
export * from "./explain/index.js";
export * from "./images/index.js";
export * from "./labels/index.js";
export * from "./layers/index.js";
export * from "./losses/index.js";
export * from "./metrics/index.js";
export * from "./models/index.js";
export * from "./phantom/index.js";
export { type RandomStream, randomStream } from "./random.js";
export * from "./report/index.js";
export * from "./splits/index.js";
export * from "./training/index.js";
