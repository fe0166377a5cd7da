import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import {
  type BackendValues,
  backend_util,
  type DataMover,
  type DataStorage,
  type DataType,
  engine,
  type TensorInfo,
  util,
  type Variable,
} from "@tensorflow/tfjs-core";
import { BackendError, isRadiolucentError } from "../../errors.js";
import { Entry } from "./entry.js";
import { EntryStorage } from "./entryStorage.js";
import type { Evaluator } from "./evaluate.js";
import { type EvaluatorSettings, makeEvaluator } from "./evaluatorFor.js";
import type { Emit } from "./graph/graph.js";
import { emitView } from "./graph/reshaped.js";
import { type Shape, sameShape, sizeOf } from "./graph/value.js";
import { asValues, isOnnxType, Recorded, type Values, zeros } from "./recorded.js";
import type { Recording } from "./recording.js";
import { Counts, type OnnxBackendReport } from "./report.js";
import type { Runtime } from "./runtime.js";
import { type AdamUpdate, stepAdam } from "./training/adam.js";
import type { AdamSettings } from "./training/adamStep.js";
import { variableNodes } from "./variableNodes.js";

/** Kernels that may wait to be run: more would cost more memory than they save time. */
const mostPending = 20_000;

/** Bytes of tensors that nobody has any more, but recorded kernels use: beyond it they run. */
const mostRetained = 2 ** 28;

/**
 * TensorFlow.js's backend on ONNX Runtime: kernels are recorded, and reading a value compiles and runs what is recorded
 * and still wanted, as one graph. It stores values as the CPU backend does, whose kernels do what has no ONNX form.
 */
export class OnnxBackend extends MathBackendCPU {
  declare data: DataStorage<Entry>;
  /** What was done. */
  counts = new Counts();
  private runtime: Runtime;
  private evaluator: Evaluator;
  private settings: string;
  /** Data that is recorded and not computed. */
  private readonly pending = new Set<Entry>();
  private recordedSince = 0;
  private retained = 0;
  /** Values on the device that nobody has any more, but that recorded kernels may use. */
  private readonly ended: Recorded[] = [];
  /** Computes all that is recorded, or one value alone where another stands in the way. */
  private readonly compute = (node: Recorded): void => {
    try {
      this.evaluate();
    } catch (error) {
      if (!isRadiolucentError(error, "backend") || this.pending.size <= 1) throw error;
      this.evaluator.evaluate([node], variableNodes(this.data), { reuse: false });
    }
  };

  constructor(runtime: Runtime, settings: EvaluatorSettings, mover: DataMover = engine()) {
    super();
    this.data = new EntryStorage(this, mover) as unknown as DataStorage<Entry>;
    this.runtime = runtime;
    this.evaluator = makeEvaluator(runtime, settings, this.counts);
    this.settings = JSON.stringify(settings);
  }

  /** Goes on with another runtime or other settings; tensors stay as they are. */
  configure(runtime: Runtime, settings: EvaluatorSettings): void {
    const { device, threads } = this.runtime;
    const text = JSON.stringify(settings);
    if (runtime.device === device && runtime.threads === threads && text === this.settings) return;
    this.evaluate();
    this.evaluator.bringBack();
    this.evaluator.dispose();
    this.runtime = runtime;
    this.evaluator = makeEvaluator(this.runtime, settings, this.counts);
    this.settings = text;
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): object {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(
    dataId: object,
    values: BackendValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    if (values == null || !isOnnxType(dtype)) {
      this.data.set(dataId, new Entry(dtype, undefined, values, this.compute, refCount));
      return;
    }
    const own = asValues(values as Float32Array, dtype);
    // Whoever gave the array may write into it before what is recorded of it runs.
    this.hold(dataId, Recorded.leaf(own === values ? own.slice() : own, shape, dtype), refCount);
  }

  /** For the results of the CPU's kernels. */
  override makeTensorInfo(shape: number[], dtype: DataType, values?: BackendValues | string[]): TensorInfo {
    if (values == null || !isOnnxType(dtype)) return super.makeTensorInfo(shape, dtype, values);
    const node = Recorded.leaf(asValues(values as Float32Array, dtype), shape, dtype);
    // The array may be one of an input, or a part of it.
    node.shared = true;
    const dataId = {};
    this.hold(dataId, node, 1);
    return { dataId, shape, dtype };
  }

  override readSync(dataId: object): BackendValues {
    const entry = this.entry(dataId);
    if (entry.node === undefined) {
      const { complexTensorInfos: parts } = entry;
      if (parts === undefined) return util.convertBackendValuesAndArrayBuffer(entry.values, entry.dtype);
      const [real, imaginary] = [this.readSync(parts.real.dataId), this.readSync(parts.imag.dataId)];
      return backend_util.mergeRealAndImagArrays(real as Float32Array, imaginary as Float32Array);
    }
    return this.computed({ dataId }).slice();
  }

  override disposeData(dataId: object, force = false): boolean {
    const entry = this.data.has(dataId) ? this.data.get(dataId) : undefined;
    const freed = super.disposeData(dataId, force);
    if (entry?.node && freed) {
      entry.node.holders--;
      if (!this.pending.delete(entry) && this.pending.size > 0) this.retained += entry.node.bytes;
      if (entry.node.held && entry.node.holders === 0) this.ended.push(entry.node);
      if (this.pending.size === 0) this.releaseEnded();
    }
    return freed;
  }

  override memory() {
    return { unreliable: false } as { unreliable: boolean; reasons: string[] };
  }

  override dispose(): void {
    this.pending.clear();
    this.evaluator.dispose();
  }

  /** Records a kernel; nothing runs yet. */
  record({ key, inputs, shape, dtype, emit, inPlace, fill }: Recording): TensorInfo {
    this.counts.recorded++;
    if (this.retained > mostRetained || ++this.recordedSince > mostPending) this.evaluate();
    let node: Recorded;
    if (sizeOf(shape) === 0) node = Recorded.leaf(zeros(dtype, 0), shape, dtype);
    else {
      const nodes = inputs.map((input) => this.nodeOf(input));
      // TensorFlow.js says so to its own kernels only.
      const { gradientDepth } = engine().state as { readonly gradientDepth: number };
      const taped = gradientDepth > 0 || nodes.some(({ recipe }) => recipe?.taped);
      node = Recorded.pending({ key, inputs: nodes, emit, taped, inPlace, fill }, shape, dtype);
    }
    const dataId = {};
    this.hold(dataId, node, 1);
    return { dataId, shape: [...shape], dtype };
  }

  /** @throws BackendError when a kernel's input was disposed */
  checkPresent(kernel: string, { dataId, shape, dtype }: TensorInfo): void {
    // Data may also be another backend's still: TensorFlow.js brings it here when it is asked for.
    const { tensorInfo } = engine().state as unknown as { readonly tensorInfo: WeakMap<object, unknown> };
    if (this.data.has(dataId) || tensorInfo.has(dataId)) return;
    throw fail(
      `${kernel} is given a tensor ${dtype} [${shape}] that was disposed; keep it with tf.keep or a clone`,
    );
  }

  /** Hands on the data of a tensor under another shape. */
  alias({ dataId, dtype }: TensorInfo, shape: Shape): TensorInfo {
    this.incRef(dataId);
    return { dataId, shape: [...shape], dtype };
  }

  /**
   * The value of a tensor. Kernels hand on data under another shape, and the CPU's under another type that holds the same
   * numbers: then it is what the tensor says.
   */
  nodeOf({ dataId, shape, dtype }: TensorInfo): Recorded {
    const { node } = this.entry(dataId);
    if (node === undefined || !isOnnxType(dtype)) throw fail(`a graph cannot hold ${dtype} [${shape}]`);
    if (sameShape(node.shape, shape) && node.dtype === dtype) return node;
    const emit: Emit = (graph, [value]) => emitView(graph, value!, shape, dtype);
    const taped = node.recipe?.taped === true;
    return Recorded.pending({ key: "View", inputs: [node], emit, taped }, shape, dtype);
  }

  /** The values of a tensor, to read only; they are computed if need be. */
  computed({ dataId }: Pick<TensorInfo, "dataId">): Values {
    const node = this.entry(dataId).node!;
    if (!node.isThere) this.compute(node);
    return node.values!;
  }

  /**
   * The array of a variable, to write new values into: a copy where somebody else has the values too. What was kept of the
   * values before, as in a compiled graph, is not taken for the new ones.
   */
  writable(variable: Variable): Values {
    const entry = this.entry(variable.dataId);
    const node = entry.node!;
    const { shape, dtype } = node;
    if (entry.refCount > 1 || node.holders > 1 || node.shared) {
      const values = node.values!.slice() as Values;
      const dataId = {};
      this.hold(dataId, Recorded.leaf(values, shape, dtype), 1);
      const copy = engine().makeTensorFromTensorInfo({ dataId, shape: variable.shape, dtype }, this);
      variable.assign(copy);
      copy.dispose();
      return values;
    }
    const values = node.values!;
    node.values = undefined;
    node.holders--;
    entry.node = Recorded.leaf(values, shape, dtype);
    entry.node.holders++;
    return values;
  }

  /** Computes all that is recorded and still wanted. */
  evaluate(): void {
    this.recordedSince = 0;
    this.retained = 0;
    const targets = new Set<Recorded>();
    for (const { node } of this.pending) {
      if (node!.isThere) continue;
      const { fill } = node!.recipe!;
      if (fill === undefined) targets.add(node!);
      else node!.settle(zeros(node!.dtype, node!.size).fill(fill));
    }
    const variables = variableNodes(this.data);
    // The first values of variables are computed by themselves, so that the graph of the first training step is that of
    // all others.
    const isTaped = ({ recipe }: Recorded) => recipe!.taped === true;
    const wanted = [...targets];
    const first = wanted.some(isTaped) ? wanted.filter((node) => variables.has(node) && !isTaped(node)) : [];
    if (first.length > 0) this.evaluator.evaluate(first, variables, { reuse: false });
    const rest = first.length > 0 ? wanted.filter((node) => !node.isThere) : wanted;
    if (rest.length > 0) this.evaluator.evaluate(rest, variables, { reuse: true });
    this.pending.clear();
    this.releaseEnded();
  }

  /** Whether values stay on a device from one run to the next. */
  get keepsValues(): boolean {
    return this.runtime.keepsValues === true;
  }

  /** Adam's step where the values lie, for optimizers that ask for it; it says whether it could be done. */
  stepAdam(updates: readonly AdamUpdate[], settings: AdamSettings): boolean {
    return stepAdam(this, updates, settings);
  }

  /** What was done so far. */
  report(): OnnxBackendReport {
    const { version, device, threads } = this.runtime;
    const { fallbacks, operations, onProcessor, ...counts } = this.counts;
    return {
      version,
      device,
      threads,
      ...counts,
      fallbacks: Object.fromEntries(fallbacks),
      operations: { ...operations },
      onProcessor: { ...onProcessor },
      graphs: this.evaluator.graphs,
      bytes: (engine().state as { readonly numBytes: number }).numBytes,
      bytesOnDevice: this.evaluator.bytesOnDevice,
      pending: this.pending.size,
    };
  }

  private hold(dataId: object, node: Recorded, refCount: number): void {
    const entry = new Entry(node.dtype, node, undefined, this.compute, refCount);
    node.holders++;
    this.data.set(dataId, entry);
    if (!node.isThere) this.pending.add(entry);
  }

  private releaseEnded(): void {
    for (const node of this.ended.splice(0)) node.release();
  }

  private entry(dataId: object): Entry {
    return this.data.get(dataId);
  }
}

const fail = (message: string): BackendError => new BackendError("onnx", `the backend "onnx": ${message}`);
