import { fileURLToPath } from "node:url";

/** Folder of the model that the page ships with. */
export const shippedModel = fileURLToPath(
  new URL("../../examples/web/public/models/phantoms/", import.meta.url),
);
