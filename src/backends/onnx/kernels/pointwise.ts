import { backend_util } from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { onnxTypes } from "../graph/modelProto.js";
import type { OnnxType } from "../recorded.js";
import { toDouble } from "./cast.js";

/** Writes a function of one float32 value that takes each element by itself. */
export type Pointwise = (graph: Graph, x: string) => string;

/** max(x, 0). */
export const relu: Pointwise = (graph, x) => graph.op("Relu", [x]);

/** x within 0 and 6. */
export const relu6 = (graph: Graph, x: string, dtype: OnnxType = "float32"): string =>
  graph.op("Clip", [x, graph.scalar(0, dtype), graph.scalar(6, dtype)]);

/** x, times alpha where it is negative. */
export const leakyRelu =
  (alpha: number): Pointwise =>
  (graph, x) =>
    graph.op("LeakyRelu", [x], { alpha: { float: alpha } });

/**
 * x, times its slope where it is negative. ONNX's PRelu lets slopes not be wider than x, and ONNX Runtime's takes four
 * times as long.
 */
export const prelu = (graph: Graph, [x, slope]: readonly string[]): string =>
  graph.op("Where", [graph.op("Less", [x!, graph.scalar(0)]), graph.op("Mul", [x!, slope!]), x!]);

/** 1 / (1 + e^-x). ONNX Runtime's Sigmoid is off by up to 1e-7, which is all of it below x = -16; its Exp is exact. */
export const sigmoid: Pointwise = (graph, x) => {
  if (graph.target.portable) return graph.op("Sigmoid", [x]);
  const power = graph.op("Exp", [graph.op("Neg", [x])]);
  return graph.op("Reciprocal", [graph.op("Add", [power, graph.scalar(1)])]);
};

/** tan(x) by way of float64: ONNX Runtime's Tan is off by the last digit, which near the poles is much. */
export const tangent: Pointwise = (graph, x) => {
  if (graph.target.portable) return graph.op("Tan", [x]);
  const double = toDouble(graph, x);
  const quotient = graph.op("Div", [graph.op("Sin", [double]), graph.op("Cos", [double])]);
  return graph.op("Cast", [quotient], { to: onnxTypes.float32 });
};

/** e^x - 1 without a difference of nearly equal numbers: tanh(x / 2) (e^x + 1). */
export const expm1: Pointwise = (graph, x) => {
  const tangent = graph.op("Tanh", [graph.op("Mul", [x, graph.scalar(0.5)])]);
  return graph.op("Mul", [tangent, graph.op("Add", [graph.op("Exp", [x]), graph.scalar(1)])]);
};

/**
 * log(1 + x): the logarithm of the rounded sum u, and what rounding lost, (x - (u - 1)) / u (Kahan's correction). It is
 * left out above x = 1, where it is below the last digit, and for x = -1, where u is 0.
 */
export const log1p: Pointwise = (graph, x) => {
  const one = graph.scalar(1);
  const bounded = graph.op("Clip", [x, graph.scalar(-1), one]);
  const sum = graph.op("Add", [bounded, one]);
  const lost = graph.op("Sub", [bounded, graph.op("Sub", [sum, one])]);
  const correction = graph.op("Div", [lost, graph.op("Max", [sum, graph.scalar(1e-30)])]);
  return graph.op("Add", [graph.op("Log", [graph.op("Add", [x, one])]), correction]);
};

/** scale * x, and scale * alpha * (e^x - 1) where x is negative. */
function exponentialUnit(graph: Graph, x: string, scale: number, alpha: number): string {
  const times = (name: string, factor: number) =>
    factor === 1 ? name : graph.op("Mul", [name, graph.scalar(factor)]);
  const negative = expm1(graph, graph.op("Min", [x, graph.scalar(0)]));
  return graph.op("Add", [times(relu(graph, x), scale), times(negative, scale * alpha)]);
}

/** x, and e^x - 1 where it is negative. ONNX Runtime's Elu takes longer and is off by 6e-8. */
export const elu: Pointwise = (graph, x) =>
  graph.target.portable ? graph.op("Elu", [x]) : exponentialUnit(graph, x, 1, 1);

/** The exponential unit that keeps mean 0 and variance 1 (Klambauer et al., NeurIPS 2017). */
export const selu: Pointwise = (graph, x) => {
  const [scale, alpha] = [backend_util.SELU_SCALE, backend_util.SELU_SCALEALPHA / backend_util.SELU_SCALE];
  if (graph.target.portable)
    return graph.op("Selu", [x], { alpha: { float: alpha }, gamma: { float: scale } });
  return exponentialUnit(graph, x, scale, alpha);
};

/** -1, 0 or 1; 0 for NaN, which ONNX's Sign keeps. */
export const sign = (graph: Graph, x: string, dtype: OnnxType): string => {
  const is = (comparison: string) =>
    graph.op("Cast", [graph.op(comparison, [x, graph.scalar(0, dtype)])], { to: onnxTypes[dtype] });
  return graph.op("Sub", [is("Greater"), is("Less")]);
};
