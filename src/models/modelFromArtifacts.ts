import type { io } from "@tensorflow/tfjs-core";
import { type LayersModel, loadLayersModel } from "@tensorflow/tfjs-layers";
import { isRadiolucentError, ModelError } from "../errors.js";
import { honourTrainable } from "../layers/honourTrainable.js";
import { registerLayers } from "../layers/registerLayers.js";
import { correctRepeatGradient } from "../layers/repeatGradient.js";
import { kerasTopology } from "./kerasTopology.js";
import { loadWeights } from "./loadWeights.js";
import { restoreChannels } from "./restoreChannels.js";
import { type TopologyLayer, topologyLayers } from "./topologyLayers.js";
import { bytesOfEntries, joinedWeights } from "./weightEntries.js";

/**
 * Makes a model of what was read of it: the one way from files, a store or a server to a model. Topologies of Keras 3
 * are brought into the form of Keras 2, quantised weights back to float32, and frozen batch normalisation uses its moving
 * statistics. An optimizer's weights and a training configuration are left out. A model that cannot be made leaves no
 * tensor.
 *
 * @param source what the artifacts are from, for errors
 * @throws ModelError, its `subject` the source, an unknown layer class, or a weight that does not fit
 */
export async function modelFromArtifacts(artifacts: io.ModelArtifacts, source: string): Promise<LayersModel> {
  registerLayers();
  correctRepeatGradient();
  const { modelTopology, userDefinedMetadata, weightSpecs = [] } = artifacts;
  const weightData = joinedWeights(artifacts.weightData);
  try {
    if (!modelTopology || modelTopology instanceof ArrayBuffer) {
      throw new ModelError(
        source,
        `${source}: has no topology of layers; expected a TensorFlow.js layers model`,
      );
    }
    checkLength(weightSpecs, weightData, source);
    const topology = kerasTopology(modelTopology) as io.ModelArtifacts["modelTopology"] & object;
    const weights = restoreChannels(weightSpecs, weightData);
    // A Keras 3 topology was changed: what it said tells which weights there are none of.
    const written =
      topology === modelTopology ? new Map<string, TopologyLayer>() : topologyLayers(modelTopology);
    const model = await modelWithoutWeights({
      modelTopology: topology,
      ...(userDefinedMetadata && { userDefinedMetadata }),
    });
    try {
      loadWeights(model, weights, { layers: topologyLayers(topology), written, source });
      honourTrainable(model);
    } catch (error) {
      model.dispose();
      throw error;
    }
    return model;
  } catch (error) {
    throw asModelError(error, source);
  }
}

/**
 * Where there are weights to come, the loader leaves out the drawing of first ones, which takes long. It asks for them
 * again when it loads them; nothing is given then, as they are loaded where a failure can free the model.
 */
function modelWithoutWeights(artifacts: io.ModelArtifacts): Promise<LayersModel> {
  let asked = false;
  const promising = {
    ...artifacts,
    weightSpecs: [],
    get weightData() {
      if (asked) return undefined;
      asked = true;
      return new ArrayBuffer(0);
    },
  };
  return loadLayersModel({ load: async () => promising as io.ModelArtifacts });
}

function checkLength(entries: readonly io.WeightsManifestEntry[], data: ArrayBuffer, source: string): void {
  const length = data.byteLength;
  const expected = bytesOfEntries(entries);
  if (length !== expected) {
    throw new ModelError(
      source,
      `${source}: has ${length} bytes of weights where it lists weights of ${expected}; save or fetch the model again`,
    );
  }
}

function asModelError(error: unknown, source: string): unknown {
  if (!(error instanceof Error) || isRadiolucentError(error)) return error;
  const unknown = /^Unknown layer: (\S+?)\./.exec(error.message)?.[1];
  if (unknown === undefined) {
    return new ModelError(source, `${source}: cannot be made into a model: ${error.message}`, {
      cause: error,
    });
  }
  return new ModelError(
    unknown,
    `${source}: has a layer of the class "${unknown}", which is not known here; if it is yours, hand it to ` +
      "tf.serialization.registerClass before loading",
    { cause: error },
  );
}
