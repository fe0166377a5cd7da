import { Cast, type CastAttrs, type TensorInfo } from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { onnxTypes } from "../graph/modelProto.js";
import { Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import { isOnnxType, type OnnxType } from "../recorded.js";

/** ONNX's number of float64, which only lives between operations. */
const float64 = 11;

/** Writes a conversion to float64. */
export const toDouble = (graph: Graph, x: string): string => graph.op("Cast", [x], { to: float64 });

/**
 * Numbers with a fraction to int32 as JavaScript's typed arrays do it: cut to whole numbers, modulo 2^32, 0 for NaN and
 * infinities. By way of int64, whose lower half it is. ONNX Runtime makes one of two casts in a row, whatever is asked
 * of it; the maximum, which changes nothing, is between them. What int64 cannot hold comes nearer first, so that it does
 * not depend on the processor: float32 numbers from 2^62 on are 0 modulo 2^32, those of float64 are not.
 *
 * @param double whether x is float64
 */
export function toInt32(graph: Graph, x: string, double = false): string {
  const bounded = double
    ? graph.op("Mod", [x, toDouble(graph, graph.scalar(2 ** 32))], { fmod: 1 })
    : graph.op("Clip", [x, graph.scalar(-(2 ** 62)), graph.scalar(2 ** 62)]);
  const long = graph.op("Cast", [bounded], { to: onnxTypes.int64 });
  const least = graph.constant("int64", [], [-(2 ** 63)]);
  return graph.op("Cast", [graph.op("Max", [long, least])], { to: onnxTypes.int32 });
}

/** Writes a conversion between the types that graphs hold. */
export function emitCast(graph: Graph, x: string, from: OnnxType, to: OnnxType): string {
  if (from === to) return x;
  if (from === "float32" && to === "int32") return toInt32(graph, x);
  return graph.op("Cast", [x], { to: onnxTypes[to] });
}

const cast = kernel<Readonly<Record<"x", TensorInfo>>, CastAttrs>(Cast, ({ x }, { dtype: to }, backend) => {
  if (to === x.dtype) return backend.alias(x, x.shape);
  if (!isOnnxType(to)) return undefined;
  return backend.record({
    key: `Cast ${to}`,
    inputs: [x],
    shape: x.shape,
    dtype: to,
    emit(graph, [given]) {
      const { name, dtype, shape, order, stored, fill } = graph.settled(given!);
      const value = new Value(emitCast(graph, name, dtype, to), to, shape, order, stored);
      if (to === "float32" && fill !== undefined) value.fill = fill;
      return value;
    },
  });
});

/** Conversion between types. */
export const casts: readonly OnnxKernel[] = [cast];
