import "@tensorflow/tfjs-backend-cpu";
import { input, layers, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { describe, expect, it } from "vitest";
import { isRadiolucentError } from "../../src/errors.js";
import { contractOf, setContract } from "../../src/models/contract.js";

const bare = () => {
  const x = input({ shape: [4, 4, 1] });
  return model({ name: "bare", inputs: x, outputs: layers.flatten().apply(x) as SymbolicTensor });
};
const contract = {
  version: 1,
  architecture: "mine",
  heads: [{ name: "flatten", classes: ["a"], output: "logits" }],
  input: { height: 4, width: 4, channels: 1 },
} as const;

describe("contractOf", () => {
  it("says how to give a contract to a model without one", () => {
    try {
      contractOf(bare());
      expect.unreachable();
    } catch (error) {
      expect(isRadiolucentError(error, "model") && error.message).toMatch(
        /"bare" carries no contract.*setContract/,
      );
    }
  });

  it("gives back what was set last, beside a user's own metadata", () => {
    const labelled = bare();
    labelled.setUserDefinedMetadata({ author: "me" });
    setContract(labelled, { ...contract, architecture: "older" });
    setContract(labelled, contract);
    expect(contractOf(labelled)).toEqual(contract);
    expect(labelled.getUserDefinedMetadata()).toMatchObject({ author: "me" });
  });

  it("keeps NaN thresholds through JSON, which writes them as null", () => {
    const labelled = bare();
    const thresholds = { values: [NaN, 0.4], criterion: "youden", chosenOn: "validation" };
    setContract(labelled, { ...contract, heads: [{ ...contract.heads[0]!, thresholds }] });
    labelled.setUserDefinedMetadata(JSON.parse(JSON.stringify(labelled.getUserDefinedMetadata())) as object);
    expect(contractOf(labelled).heads[0]!.thresholds).toEqual(thresholds);
  });
});
