import { io } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ModelError } from "../errors.js";
import { checkWeightNames } from "./artifactsOfModel.js";

/**
 * Saves a model with its contract, without its optimizer, where TensorFlow.js can: "indexeddb://name" in a browser, which
 * replaces a model of that name as a whole; "localstorage://name" for small models (browsers give 5 MB); "downloads://name",
 * which gives the user files; an http URL, which gets them as a form; or a handler. In Node, `saveModel` saves into a
 * folder. {@link openModel} loads it.
 *
 * @throws ModelError, its `subject` the target, when nothing here can save there, or the store has no room; its
 *   `subject` the weight, when two have one name, as in two nested models with equal layers
 */
export async function storeModel(model: LayersModel, target: string | io.IOHandler): Promise<void> {
  const name = typeof target === "string" ? target : "the handler's model";
  const [handler] = typeof target === "string" ? io.getSaveHandlers(target) : [target];
  if (!handler?.save) {
    throw new ModelError(
      name,
      `${name}: nothing here can save there; in Node, save into a folder with saveModel of radiolucent/node`,
    );
  }
  checkWeightNames(model);
  try {
    await model.save(handler);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ModelError(name, `${name}: the model cannot be saved: ${reason}`, { cause: error });
  }
}
