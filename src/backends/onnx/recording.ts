import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { Emit } from "./graph/graph.js";
import type { Shape } from "./graph/value.js";
import type { OnnxType } from "./recorded.js";

/** What a kernel records with the backend. */
export interface Recording {
  /** The kernel's attributes, and all else that its operations depend on beside inputs and output. */
  readonly key: string;
  /** What it reads. */
  readonly inputs: readonly TensorInfo[];
  /** Shape of the result. */
  readonly shape: Shape;
  /** Type of the result. */
  readonly dtype: OnnxType;
  /** Writes the operations. */
  readonly emit: Emit;
  /** Whether each element depends on the inputs' elements at the same place only. */
  readonly inPlace?: boolean | undefined;
  /** The number that all elements are. */
  readonly fill?: number | undefined;
}
