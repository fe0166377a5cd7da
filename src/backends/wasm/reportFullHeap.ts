import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { memory } from "@tensorflow/tfjs-core";
import { BackendError } from "../../errors.js";

const guarded = new WeakSet<object>();

/** Makes a failed allocation a BackendError; TensorFlow.js would go on and write over the heap's beginning. */
export function reportFullHeap(backend: BackendWasm): void {
  // Emscripten's allocator, which the declared type leaves out.
  const heap = backend.wasm as unknown as { _malloc(bytes: number): number; _free(address: number): void };
  if (guarded.has(heap)) return;
  guarded.add(heap);
  // The first call puts the real function in the place of a stub.
  heap._free(heap._malloc(1));
  const allocate = heap._malloc;
  heap._malloc = (bytes) => {
    const address = allocate(bytes);
    if (address === 0 && bytes > 0) {
      throw new BackendError(
        "wasm",
        `the WASM heap, at most 4 GB, has no ${mebibytes(bytes)} MiB left: tensors hold ` +
          `${mebibytes(memory().numBytes)} MiB; take a smaller batch or smaller images`,
      );
    }
    return address;
  };
}

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
