import type { NamedAttrMap, TensorInfo } from "@tensorflow/tfjs-core";
import type { OnnxBackend } from "./backend.js";

/** Inputs of a kernel by name; a list for the few kernels that take any number. */
export type KernelInputs = Readonly<Record<string, TensorInfo>>;

/** A kernel of TensorFlow.js written as ONNX operations. */
export interface OnnxKernel {
  /** Name of the kernel in TensorFlow.js. */
  readonly name: string;
  /**
   * Records the kernel; gives undefined where it has no ONNX form for these inputs and attributes, and TensorFlow.js's CPU
   * kernel is to run. Inputs have elements and are numbers or truth values: with others it is not called.
   */
  readonly record: (
    inputs: KernelInputs,
    attributes: NamedAttrMap,
    backend: OnnxBackend,
  ) => TensorInfo | TensorInfo[] | undefined;
}

/** Declares a kernel with the types of its inputs and attributes. */
export function kernel<Inputs, Attributes = Record<never, never>>(
  name: string,
  record: (
    inputs: Inputs,
    attributes: Attributes,
    backend: OnnxBackend,
  ) => TensorInfo | TensorInfo[] | undefined,
): OnnxKernel {
  return { name, record: record as unknown as OnnxKernel["record"] };
}
