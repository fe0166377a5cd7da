import { BackendError } from "../../errors.js";
import { type Compiled, compile, leafName, type Plan } from "./compile.js";
import type { GraphTarget } from "./graph/graph.js";
import { sameShape } from "./graph/value.js";
import type { GraphFolder } from "./graphFolder.js";
import { planFor, type SignedPlan } from "./plan.js";
import { type Recorded, type Values, zeros } from "./recorded.js";
import type { Counts } from "./report.js";
import type { Runtime, RuntimeTensor, Session } from "./runtime.js";
import { SessionCache } from "./sessionCache.js";

/** A compiled graph and what is kept with it. */
export interface Program {
  readonly session: Session;
  readonly compiled: Compiled;
  /** For weights that are part of the graph: where they stand among the leaves, and which they were. */
  readonly constants: ReadonlyMap<number, Recorded>;
  /** For each target the value that it last had, whose array is written again when nobody has it any more. */
  readonly last: (Recorded | undefined)[];
}

/** Computes recorded values: finds their graph, compiles it once, and runs it. */
export class Evaluator {
  /** Whether results stay on the device. */
  protected readonly keepsOutputs: boolean = false;
  private readonly programs: SessionCache<Program>;

  constructor(
    protected readonly runtime: Runtime,
    private readonly target: GraphTarget,
    protected readonly counts: Counts,
    cacheBytes: number,
    private readonly folder?: GraphFolder,
  ) {
    this.programs = new SessionCache(cacheBytes, ({ session }) => session.dispose());
  }

  /** Compiled graphs in memory. */
  get graphs(): number {
    return this.programs.size;
  }

  /** Bytes of the values that lie on the device from one run to the next. */
  get bytesOnDevice(): number {
    return 0;
  }

  /**
   * Computes values.
   *
   * @param variables values of TensorFlow.js's variables: a graph that only reads them is a prediction, for which they are
   * made part of the graph
   * @param reuse whether all that is pending is among the targets, so that arrays which end here can be written over
   */
  evaluate(
    targets: readonly Recorded[],
    variables: ReadonlySet<Recorded>,
    { reuse }: { readonly reuse: boolean },
  ): void {
    const plan = planFor(targets);
    const program = this.programFor(plan, variables);
    const { outputs } = program.compiled;
    const feeds: Record<string, RuntimeTensor> = {};
    plan.leaves.forEach((leaf, i) => {
      if (!program.constants.has(i))
        feeds[leafName(i)] = this.runtime.tensor(leaf.dtype, leaf.values!, leaf.shape);
    });
    const written = reuse
      ? outputArrays(plan, program.last)
      : targets.map(({ dtype, size }) => zeros(dtype, size));
    const fetches: Record<string, RuntimeTensor> = {};
    targets.forEach((node, i) => {
      fetches[outputs[i]!] = this.runtime.tensor(node.dtype, written[i]!, node.shape);
    });
    const started = performance.now();
    const taken = new Set(written);
    try {
      program.session.run(feeds, fetches);
    } catch (cause) {
      throw failure("cannot run", plan, cause);
    } finally {
      // What was written over, or may have been where the run failed, is not there any more.
      for (const leaf of plan.leaves) if (taken.has(leaf.values!)) leaf.values = undefined;
    }
    this.counts.runMs += performance.now() - started;
    this.counts.runs++;
    for (const node of program.last) if (node && taken.has(node.values!)) node.values = undefined;
    targets.forEach((node, i) => {
      node.settle(written[i]!);
      program.last[i] = node;
    });
  }

  /** Brings values into the processor's memory, where another evaluator finds them. */
  bringBack(): void {}

  /** Frees all native memory. */
  dispose(): void {
    this.programs.clear();
  }

  /** The compiled graph of a plan. */
  protected programFor(plan: SignedPlan, variables: ReadonlySet<Recorded>): Program {
    const constants = weightsOfPrediction(plan, variables);
    const key = constants.size > 0 ? `prediction ${plan.signature}` : plan.signature;
    const known = this.programs.get(key);
    // As many: another leaf that was a weight then is read from the graph, whatever is given now.
    const isSame = (of: Program) =>
      of.constants.size === constants.size &&
      [...constants].every((i) => of.constants.get(i) === plan.leaves[i]);
    if (known && isSame(known)) return known;
    this.programs.delete(key);
    const started = performance.now();
    let program: Program;
    try {
      const compiled =
        constants.size > 0
          ? compile(plan, { ...this.target, optimized: true, channelBlock: 0 }, constants)
          : this.graphOf(plan);
      const session = this.runtime.compile(compiled.model, {
        graphOptimizationLevel: constants.size > 0 || this.target.optimized ? "all" : "disabled",
        intraOpNumThreads: isSmall(plan) ? 1 : this.runtime.threads,
        keepsOutputs: this.keepsOutputs,
        placed: (placement) => this.counts.placed(placement),
      });
      program = {
        session,
        compiled: { ...compiled, model: new Uint8Array() },
        constants: new Map([...constants].map((i) => [i, plan.leaves[i]!])),
        last: [],
      };
    } catch (cause) {
      throw failure("cannot compile", plan, cause);
    }
    this.counts.compileMs += performance.now() - started;
    this.counts.compiles++;
    const { operations } = program.compiled;
    if (this.runtime.device === "cpu") this.counts.placed({ operations: { cpu: operations } });
    this.counts.largestGraph = Math.max(this.counts.largestGraph, operations);
    this.programs.set(key, program, memoryOf(plan));
    return program;
  }

  /** The graph of a plan, from disk where an earlier process has left it. */
  private graphOf(plan: SignedPlan): Compiled {
    const read = this.folder?.read(plan);
    if (read) {
      this.counts.reads++;
      return read;
    }
    const compiled = compile(plan, this.target, new Set());
    this.folder?.write(plan, compiled);
    return compiled;
  }
}

/** With fewer numbers in each value a second thread costs more than it does. */
const fewNumbers = 2 ** 15;

const isSmall = ({ order, leaves }: Plan): boolean =>
  order.every(({ size }) => size < fewNumbers) && leaves.every(({ size }) => size < fewNumbers);

/** Fewer weights than this are not worth a graph of their own. */
const fewestConstants = 10_000;

/**
 * The leaves to make part of the graph: the variables, when the plan only reads them, outside any gradient, for
 * convolutions or products.
 */
function weightsOfPrediction(plan: Plan, variables: ReadonlySet<Recorded>): ReadonlySet<number> {
  const none: ReadonlySet<number> = new Set();
  if (plan.order.some(({ recipe }) => recipe!.taped) || plan.targets.some((node) => variables.has(node)))
    return none;
  const weights = new Set<number>();
  let size = 0;
  // On a device they can be read without being part of the graph, and change without a new one.
  if (plan.leaves.some((leaf) => leaf.held && variables.has(leaf))) return none;
  plan.leaves.forEach((leaf, i) => {
    if (!variables.has(leaf)) return;
    weights.add(i);
    size += leaf.size;
  });
  return size < fewestConstants ? none : weights;
}

/**
 * The arrays into which the targets are written: that of an input which ends here, that of the last run if nobody has
 * it any more, or a new one.
 */
function outputArrays(plan: SignedPlan, last: readonly (Recorded | undefined)[]): Values[] {
  const leaves = new Map(plan.leaves.map((leaf, i) => [leaf, i]));
  const taken = new Set<Values>();
  const free = (node: Recorded): boolean =>
    node.holders === 0 && !node.shared && node.values !== undefined && !taken.has(node.values);
  return plan.targets.map((node, i) => {
    const recipe = node.recipe!;
    const ended = recipe.inPlace
      ? recipe.inputs.find((input) => {
          const leaf = leaves.get(input);
          return leaf !== undefined && plan.uses[leaf] === 1 && fits(input, node) && free(input);
        })
      : undefined;
    const earlier = last[i];
    const reused = ended ?? (earlier && !leaves.has(earlier) && free(earlier) ? earlier : undefined);
    const values = reused?.values ?? zeros(node.dtype, node.size);
    taken.add(values);
    return values;
  });
}

const fits = (a: Recorded, b: Recorded): boolean => a.dtype === b.dtype && sameShape(a.shape, b.shape);

/** About how much memory a run takes: the greatest sum of what is there at one time. */
function memoryOf({ order, targets }: Plan): number {
  const left = new Map<Recorded, number>(targets.map((node) => [node, Number.POSITIVE_INFINITY]));
  for (const { recipe } of order) {
    for (const input of recipe!.inputs) left.set(input, (left.get(input) ?? 0) + 1);
  }
  let [now, most] = [0, 0];
  for (const node of order) {
    now += node.bytes;
    most = Math.max(most, now);
    for (const input of node.recipe!.inputs) {
      const uses = left.get(input)! - 1;
      left.set(input, uses);
      if (uses === 0 && !input.isThere) now -= input.bytes;
    }
  }
  return most;
}

/** The error of a graph that cannot be compiled or run. */
export function failure(what: string, plan: Plan, cause: unknown): BackendError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const results = plan.targets.slice(-3).map(({ dtype, shape }) => `${dtype} [${shape}]`);
  const memory = /bad_alloc|failed to allocate|allocation failed|out of memory|max buffer size/i.test(reason)
    ? ": memory is exhausted; take a smaller batch or smaller images, or free tensors"
    : "";
  return new BackendError(
    "onnx",
    `ONNX Runtime ${what} a graph of ${plan.order.length} kernels for ${results.join(", ")}${memory} (${reason})`,
    [],
    { cause },
  );
}
