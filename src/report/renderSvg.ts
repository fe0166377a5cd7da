import type { TopLevelSpec } from "vega-lite";
import { ArgumentError } from "../errors.js";

/**
 * Draws a Vega-Lite spec without a browser, a canvas or the network. Vega and Vega-Lite are loaded on the first call.
 *
 * Without a canvas Vega guesses how wide texts are, so a plot with long labels or legends may have wider gaps.
 *
 * @param spec any Vega-Lite spec that holds its data
 * @returns one `<svg>` element as text
 * @throws ArgumentError when the spec refers to data elsewhere
 * @throws Error from Vega for a spec that it can't compile or draw
 */
export async function renderSvg(spec: TopLevelSpec): Promise<string> {
  const [vega, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
  const logger = vega.logger(vega.None);
  const loader = vega.loader();
  let fault: ArgumentError | undefined;
  loader.load = async (address) => {
    fault = new ArgumentError("spec", `refers to ${address}; put the data into the spec (data.values)`);
    throw fault;
  };
  const view = new vega.View(vega.parse(compile(spec, { logger }).spec), {
    renderer: "none",
    logger,
    loader,
  });
  try {
    const svg = await view.toSVG();
    if (fault !== undefined) throw fault;
    return svg;
  } finally {
    view.finalize();
  }
}
