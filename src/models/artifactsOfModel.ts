import { io } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ModelError } from "../errors.js";

/**
 * All that is saved of a model: topology, weights and metadata with the contract; neither optimizer nor losses.
 *
 * @throws ModelError as {@link checkWeightNames}
 */
export async function artifactsOfModel(model: LayersModel): Promise<io.ModelArtifacts> {
  checkWeightNames(model);
  let saved: io.ModelArtifacts | undefined;
  await model.save(
    io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(artifacts) };
    }),
  );
  return saved!;
}

/**
 * Makes sure that a model can be loaded once it is saved: weights are stored by name, so no two may share one, as those of
 * equal layers in two nested models do.
 *
 * @throws ModelError, its `subject` the name that stands twice
 */
export function checkWeightNames({ name: model, weights }: LayersModel): void {
  const seen = new Set<string>();
  for (const { originalName: name } of weights) {
    if (seen.has(name)) {
      throw new ModelError(
        name,
        `${name}: two weights of model "${model}" have this name, so it could not be loaded again; give the layers of its nested models names of their own`,
      );
    }
    seen.add(name);
  }
}
