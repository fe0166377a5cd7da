import { engine, type Optimizer, type Tensor, type Variable } from "@tensorflow/tfjs-core";
import { ArgumentError } from "../../errors.js";

/** What `applyGradients` is given. A variable that the loss does not use keeps its place in a list, without a tensor. */
export type Gradients = Parameters<Optimizer["applyGradients"]>[0];

/** A variable and the gradient of the loss in it, if it has one. */
export interface VariableGradient {
  readonly variable: Variable;
  readonly gradient: Tensor | undefined;
}

/** @throws ArgumentError for a name that no variable has */
export function gradientList(gradients: Gradients): VariableGradient[] {
  const list = Array.isArray(gradients)
    ? gradients
    : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
  const { registeredVariables } = engine();
  return list.map(({ name, tensor }) => {
    const variable = registeredVariables[name];
    if (variable) return { variable, gradient: (tensor as Tensor | null | undefined) ?? undefined };
    throw new ArgumentError(
      "variableGradients",
      `has a gradient of "${name}", which no variable is named; was the model or the loss disposed of?`,
    );
  });
}
