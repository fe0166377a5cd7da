import {
  AdadeltaOptimizer,
  AdagradOptimizer,
  AdamaxOptimizer,
  AdamOptimizer,
  backend,
  MomentumOptimizer,
  type Optimizer,
  RMSPropOptimizer,
  SGDOptimizer,
} from "@tensorflow/tfjs-core";
import { OnnxBackend } from "../backend.js";
import { applyAdam } from "./adam.js";

let installed = false;

/**
 * Makes optimizers run what is recorded before they update the weights and after: a step is then two graphs, the same at
 * every step, whoever reads the loss and when.
 */
export function installOptimizers(): void {
  if (installed) return;
  installed = true;
  const classes: readonly { readonly prototype: Optimizer }[] = [
    AdadeltaOptimizer,
    AdagradOptimizer,
    AdamaxOptimizer,
    AdamOptimizer,
    MomentumOptimizer,
    RMSPropOptimizer,
    SGDOptimizer,
  ];
  for (const { prototype } of classes) {
    const { applyGradients } = prototype;
    prototype.applyGradients = function (this: Optimizer, gradients) {
      const current = backend();
      if (!(current instanceof OnnxBackend)) return applyGradients.call(this, gradients);
      current.evaluate();
      if (this.getClassName() === AdamOptimizer.className) {
        return applyAdam(this as AdamOptimizer, gradients, current);
      }
      applyGradients.call(this, gradients);
      current.evaluate();
    };
  }
}
