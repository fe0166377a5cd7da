/** The library's WebGPU backend with the bundle's copy of TensorFlow.js. */
import { registerBackend } from "../../src/backends/registry.js";
import { webgpuBackend } from "../../src/backends/webgpu.js";

// Both are imported when asked for: the second looks for a GPU when it loads.
registerBackend(
  webgpuBackend((name) => (name === "webgpu" ? import("webgpu") : import("@tensorflow/tfjs-backend-webgpu"))),
);
