import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { engine, type Tensor, type TensorInfo } from "@tensorflow/tfjs-core";

/** Runs shorter than this are copied faster by a loop than by copyWithin. */
const shortRun = 16;

/** A float32 tensor on the WASM heap whose values are still to be written. */
export function allocate<T extends Tensor>(backend: BackendWasm, shape: readonly number[]): T {
  return engine().makeTensorFromTensorInfo(backend.makeOutput([...shape], "float32")) as T;
}

/**
 * The values of float32 tensors where they lie. An allocation may move the heap: take views when everything is
 * allocated, and let go of them before the next operation.
 */
export function views<const Tensors extends readonly TensorInfo[]>(
  backend: BackendWasm,
  ...tensors: Tensors
): { [I in keyof Tensors]: Float32Array } {
  // The first look brings in what lies on another backend, which allocates.
  for (const { dataId } of tensors) backend.dataIdMap.get(dataId);
  return tensors.map((tensor) => backend.typedArrayFromHeap(tensor)) as {
    [I in keyof Tensors]: Float32Array;
  };
}

/** Copies `length` values inside the heap. */
export function copyRun(heap: Float32Array, to: number, from: number, length: number): void {
  if (length < shortRun) for (let i = 0; i < length; i++) heap[to + i] = heap[from + i]!;
  else heap.copyWithin(to, from, from + length);
}
