/** A layer as a topology describes it. */
export interface TopologyLayer {
  /** Its class, such as "Conv2D". */
  readonly type: string;
  /** What it was made with. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** All layers of a topology by their names, those of models within it and the model itself too. */
export function topologyLayers(topology: unknown, found = new Map<string, TopologyLayer>()) {
  if (typeof topology !== "object" || topology === null) return found;
  const { class_name: type, config } = topology as { class_name?: unknown; config?: Record<string, unknown> };
  if (typeof type === "string" && typeof config?.name === "string") found.set(config.name, { type, config });
  for (const value of Object.values(topology)) topologyLayers(value, found);
  return found;
}

/** The layer's part of a weight's name, "layer/weight". */
export const layerPart = (weight: string) => weight.slice(0, weight.lastIndexOf("/"));

/**
 * A weight's name in TensorFlow.js's form, layer/weight. The converter writes the weights of a Keras 3 model with the
 * model's name before them ("sequential/conv2d/kernel"). A name is changed only where it begins with no layer, and without
 * its first parts begins with one.
 */
export function plainWeightName(name: string, layers: ReadonlyMap<string, TopologyLayer>): string {
  const parts = name.split("/");
  const start = parts.findIndex((_, from) => layers.has(parts.slice(from, -1).join("/")));
  return parts.slice(Math.max(start, 0)).join("/");
}
