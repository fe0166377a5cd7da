/**
 * Synthetic frontal chest radiographs with known findings, lungs, tubes and masks.
 *
 * ```ts
 * import { phantomDataset, renderPhantom } from "radiolucent";
 * const dataset = phantomDataset({ patients: 100, seed: 1, size: 128 });
 * const film = renderPhantom(dataset.studies[0], 512);
 * film.findingMasks.Nodule; // where the nodule is, if there is one
 * ```
 *
 * @module
 */
export { type PhantomOptions, phantomDataset } from "./phantomDataset.js";
export type { PhantomStudy } from "./phantomStudy.js";
export { type PhantomFilm, renderPhantom } from "./renderPhantom.js";
export { type PhantomFinding, phantomFindings, phantomTubes } from "./vocabulary.js";
