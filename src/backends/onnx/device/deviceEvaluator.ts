import { leafName } from "../compile.js";
import { Evaluator, failure } from "../evaluate.js";
import { planFor } from "../plan.js";
import type { Recorded } from "../recorded.js";
import type { RuntimeTensor } from "../runtime.js";
import { DeviceMemory } from "./deviceMemory.js";

/** Computes values on a device and leaves them there: what nobody reads goes from one run to the next without a copy. */
export class DeviceEvaluator extends Evaluator {
  protected override readonly keepsOutputs = true;
  private readonly memory = new DeviceMemory(this.runtime);

  override get bytesOnDevice(): number {
    return this.memory.bytes;
  }

  override evaluate(targets: readonly Recorded[], variables: ReadonlySet<Recorded>): void {
    const plan = planFor(targets);
    const program = this.programFor(plan, variables);
    const { outputs } = program.compiled;
    const feeds: Record<string, RuntimeTensor> = {};
    plan.leaves.forEach((leaf, i) => {
      if (!program.constants.has(i)) feeds[leafName(i)] = this.memory.tensorOf(leaf, variables.has(leaf));
    });
    const fetches = Object.fromEntries(outputs.map((name) => [name, null]));
    const started = performance.now();
    let results: Record<string, RuntimeTensor>;
    try {
      results = program.session.run(feeds, fetches);
    } catch (cause) {
      throw failure("cannot run", plan, cause);
    }
    this.counts.runMs += performance.now() - started;
    this.counts.runs++;
    targets.forEach((node, i) => {
      this.memory.hold(node, results[outputs[i]!]!);
    });
  }

  override bringBack(): void {
    this.memory.bringBack();
  }

  override dispose(): void {
    this.memory.dispose();
    super.dispose();
  }
}
