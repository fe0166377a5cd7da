import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ModelError } from "../../errors.js";
import { type ModelHead, type ModelInput, setContract } from "../../models/contract.js";

/** Names of an output's columns or masks; for several outputs by the output's name. */
export type HeadClasses = readonly string[] | Readonly<Record<string, readonly string[]>>;

/**
 * Gives a model that was made elsewhere its contract.
 *
 * @throws ModelError, its `subject` "classes" or "input", for what the model doesn't have
 */
export function giveContract(
  model: LayersModel,
  classes: HeadClasses,
  facts: {
    readonly input?: Pick<ModelInput, "normalization" | "preprocessing" | "range">;
    readonly architecture?: string;
  },
): void {
  const shape = model.inputs.length === 1 ? model.inputs[0]!.shape : [];
  const [, height, width, channels] = shape;
  if (shape.length !== 4 || !height || !width || (channels !== 1 && channels !== 3)) {
    throw new ModelError(
      "input",
      `the model takes ${model.inputs.map((input) => `[${input.shape.map((size) => size ?? "any").join(", ")}]`).join(" and ")}; a contract needs one input [batch, height, width, 1 or 3] of a fixed size. Load the model without classes`,
    );
  }
  // A Sequential model doesn't know the names of its outputs before it is compiled.
  const outputs = model.outputNames.length > 0 ? model.outputNames : [model.layers.at(-1)!.name];
  const byHead = headClasses(outputs, classes);
  const heads = model.outputs.map((output, i): ModelHead => {
    const name = outputs[i]!;
    const names = byHead[name] ?? [];
    const columns = output.shape.at(-1);
    if (columns !== names.length || new Set(names).size !== names.length) {
      throw new ModelError(
        "classes",
        `output "${name}" has ${columns} columns; expected as many names, each once, got ${names.join(", ") || "none"}`,
      );
    }
    if (output.rank !== 2 && output.rank !== 4) {
      throw new ModelError(
        "classes",
        `output "${name}" has rank ${output.rank}, neither columns nor masks; load the model without classes`,
      );
    }
    return {
      name,
      ...(output.rank === 4 && { kind: "segmentation" as const }),
      classes: [...names],
      output: "logits",
    };
  });
  const input: ModelInput = { height, width, channels, ...facts.input };
  setContract(model, { version: 1, architecture: facts.architecture ?? model.name, heads, input });
}

function headClasses(
  outputs: readonly string[],
  classes: HeadClasses,
): Readonly<Record<string, readonly string[]>> {
  if (isList(classes)) {
    if (outputs.length === 1) return { [outputs[0]!]: classes };
    throw new ModelError(
      "classes",
      `the model has the outputs ${outputs.join(", ")}; name the classes of each: { ${outputs.map((name) => `"${name}": [...]`).join(", ")} }`,
    );
  }
  const unknown = Object.keys(classes).find((name) => !outputs.includes(name));
  if (unknown === undefined) return classes;
  throw new ModelError("classes", `the model has no output "${unknown}"; it has ${outputs.join(", ")}`);
}

const isList = (classes: HeadClasses): classes is readonly string[] => Array.isArray(classes);
