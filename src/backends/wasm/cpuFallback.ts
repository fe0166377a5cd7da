import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { findBackend, type KernelConfig, type KernelFunc, type TensorInfo } from "@tensorflow/tfjs-core";

/** A kernel for the WASM backend that reads the inputs, runs the CPU backend's kernel and writes the outputs back. */
export function cpuFallback({ kernelFunc }: KernelConfig): KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const wasm = backend as BackendWasm;
    const cpu = findBackend("cpu") as MathBackendCPU;
    // Or the CPU backend would print that it is slow in Node.
    Reflect.set(cpu, "firstUse", false);
    const onCpu: TensorInfo[] = [];
    const download = ({ dataId, shape, dtype }: TensorInfo): TensorInfo => {
      const copy = { dataId: cpu.write(wasm.readSync(dataId), shape, dtype), shape, dtype };
      onCpu.push(copy);
      return copy;
    };
    const upload = ({ dataId, shape, dtype }: TensorInfo): TensorInfo =>
      wasm.makeOutput(shape, dtype, undefined, cpu.readSync(dataId));
    // Some kernels take a list of tensors, as Einsum, or have one among their inputs, as RaggedGather.
    const downloadAll = (given: TensorInfo | readonly TensorInfo[] | undefined): typeof given =>
      given && ("dataId" in given ? download(given) : given.map(download));
    try {
      const copies = Object.entries(inputs).map(([name, given]) => [name, downloadAll(given)]);
      const outputs = kernelFunc({
        inputs: Object.assign(Array.isArray(inputs) ? [] : {}, Object.fromEntries(copies)),
        backend: cpu,
        ...(attrs && { attrs }),
      });
      onCpu.push(...[outputs].flat());
      return Array.isArray(outputs) ? outputs.map(upload) : upload(outputs);
    } finally {
      for (const info of onCpu) cpu.disposeIntermediateTensorInfo(info);
    }
  };
}
