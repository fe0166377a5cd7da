import { LayersModel, type layers, type SymbolicTensor } from "@tensorflow/tfjs-layers";

/** One layer's work in a forward pass. Values have numbers, from 0. */
export interface ForwardStep {
  readonly layer: layers.Layer;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** A model as the steps of its forward pass, nested models dissolved. */
export interface ForwardGraph {
  readonly steps: readonly ForwardStep[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** How many numbers each value has for one sample; an unknown extent counts as 1. */
  readonly sizes: readonly number[];
}

/**
 * The steps in the order in which TensorFlow.js computes them, on which the order depends in which gradients of a value that
 * is used several times add up.
 */
export function forwardGraph(model: LayersModel): ForwardGraph {
  const steps: ForwardStep[] = [];
  const sizes: number[] = [];
  const newValue = (tensor: SymbolicTensor) => sizes.push(sizeOf(tensor)) - 1;
  const walk = ({ inputs, outputs }: LayersModel, given: readonly number[]): number[] => {
    const values = new Map(inputs.map((tensor, i) => [tensor.id, given[i]!]));
    const visit = (tensor: SymbolicTensor): number => {
      const known = values.get(tensor.id);
      if (known !== undefined) return known;
      const layer = tensor.sourceLayer;
      const taken = [...tensor.inputs].reverse().map(visit).reverse();
      const made = layer.inboundNodes[tensor.nodeIndex]!.outputTensors;
      const numbers = layer instanceof LayersModel ? walk(layer, taken) : made.map(newValue);
      if (!(layer instanceof LayersModel)) steps.push({ layer, inputs: taken, outputs: numbers });
      made.forEach((each, i) => {
        values.set(each.id, numbers[i]!);
      });
      return values.get(tensor.id)!;
    };
    return outputs.map(visit);
  };
  const inputs = model.inputs.map(newValue);
  const outputs = walk(model, inputs);
  return { steps, inputs, outputs, sizes };
}

function sizeOf({ shape }: SymbolicTensor): number {
  return shape.reduce<number>((product, extent) => product * (extent ?? 1), 1);
}
