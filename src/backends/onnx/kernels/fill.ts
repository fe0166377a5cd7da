import { shared } from "@tensorflow/tfjs-backend-cpu";
import {
  Fill,
  type FillAttrs,
  LinSpace,
  type LinSpaceAttrs,
  OnesLike,
  Range,
  type RangeAttrs,
  type TensorInfo,
  util,
  ZerosLike,
} from "@tensorflow/tfjs-core";
import { kernel, type OnnxKernel } from "../kernel.js";
import { isOnnxType, type OnnxType } from "../recorded.js";
import { recordFill } from "./filled.js";

const fill = kernel<unknown, FillAttrs>(Fill, (_, { shape, value, dtype: given }, backend) => {
  const dtype = given ?? util.inferDtype(value);
  return isOnnxType(dtype) ? recordFill(backend, shape, Number(value), dtype) : undefined;
});

const like = (name: string, value: number): OnnxKernel =>
  kernel<{ readonly x: TensorInfo }>(name, ({ x }, _, backend) =>
    recordFill(backend, x.shape, value, x.dtype as OnnxType),
  );

const range = kernel<unknown, RangeAttrs>(Range, (_, { start, stop, step, dtype }, backend) => {
  const values = shared.rangeImpl(start, stop, step, dtype);
  return backend.makeTensorInfo([values.length], dtype, values);
});

const linSpace = kernel<unknown, LinSpaceAttrs>(LinSpace, (_, { start, stop, num }, backend) => {
  const values = shared.linSpaceImpl(start, stop, num);
  return backend.makeTensorInfo([values.length], "float32", values);
});

/** Kernels that make tensors from numbers. */
export const fills: readonly OnnxKernel[] = [fill, like(ZerosLike, 0), like(OnesLike, 1), range, linSpace];
