import { Multiply, type TensorInfo } from "@tensorflow/tfjs-core";
import { sameShape, Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import type { OnnxType } from "../recorded.js";
import { broadcastShape } from "./elementwise.js";
import { kept } from "./kept.js";

const multiply = kernel<Readonly<Record<"a" | "b", TensorInfo>>>(Multiply, ({ a, b }, _, backend) => {
  if (a.dtype !== b.dtype || a.dtype === "bool") return undefined;
  const shape = broadcastShape(a.shape, b.shape);
  const dtype = a.dtype as OnnxType;
  return backend.record({
    key: "Multiply",
    inputs: [a, b],
    shape,
    dtype,
    inPlace: true,
    emit(graph, [x, y]) {
      if (x!.fill === 1 && sameShape(y!.shape, shape)) return y!;
      if (y!.fill === 1 && sameShape(x!.shape, shape)) return x!;
      // A mask of the forward pass times a gradient: the mask is made again rather than kept.
      const { names, order, stored } = graph.broadcast([kept(graph, x!, y!), kept(graph, y!, x!)], shape);
      return new Value(graph.op("Mul", names), dtype, shape, order, stored);
    },
  });
});

/** The product of tensors. */
export const product: readonly OnnxKernel[] = [multiply];
