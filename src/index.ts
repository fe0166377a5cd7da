/**
 * Deep learning on chest X-rays with TensorFlow.js: everything that runs in a browser and in Node alike.
 *
 * @module
 */
export * from "./balance/index.js";
export * from "./errors.js";
export * from "./labels/index.js";
export { type RandomStream, randomStream } from "./random.js";
export * from "./splits/index.js";
