import ndarray, { type NdArray } from "ndarray";
import { ArgumentError } from "../errors.js";
import type { Image } from "../image.js";
import { type Anatomy, anatomyOf } from "./anatomy.js";
import { develop } from "./develop.js";
import { drawRod, type Film, layFilm } from "./film.js";
import { findingsOf } from "./findings.js";
import { between, type PhantomStudy, visitStream } from "./phantomStudy.js";
import { drawSkeleton } from "./skeleton.js";
import { layTissue } from "./tissue.js";
import { drawTube } from "./tubes.js";
import { drawVessels } from "./vessels.js";
import { type PhantomFinding, phantomTubes } from "./vocabulary.js";

/** A synthetic film and what is where on it. Masks hold 1 inside and 0 outside, shape [size, size]. */
export interface PhantomFilm {
  /** Shape [size, size], 8 bit, range [0, 255]; air is dark. */
  readonly image: Image<Uint8Array>;
  /** The lung fields beside heart and mediastinum, above the diaphragm; fluid or air in the pleura belongs to them. */
  readonly lungMask: NdArray<Uint8Array>;
  /** The heart. */
  readonly heartMask: NdArray<Uint8Array>;
  /** One mask for each finding of the study. For "Cardiomegaly" it is the heart, for a tube every pixel that it touches. */
  readonly findingMasks: Readonly<Partial<Record<PhantomFinding, NdArray<Uint8Array>>>>;
}

/**
 * Draws a study's film. On one JavaScript engine the same study and size always give the same bytes. Another size gives
 * the same film at another resolution, up to noise.
 *
 * @param study from {@link phantomDataset}; change `findings` to see the same film with other findings
 * @param size rows and columns, at least 16; findings can be told apart from 48 on
 * @throws ArgumentError when `size` is not a whole number of at least 16
 */
export function renderPhantom(study: PhantomStudy, size: number): PhantomFilm {
  if (!(Number.isInteger(size) && size >= 16)) {
    throw new ArgumentError("size", `is ${size}; expected a whole number of at least 16`);
  }
  const anatomy = anatomyOf(study);
  const film = layFilm(size, anatomy.pose);
  const layer = () => new Float32Array(size * size);
  const mask = (values: Uint8Array) => ndarray(values, [size, size]);

  const density = layer();
  drawSkeleton(film, density, anatomy, study);
  drawAirways(film, density, anatomy);
  const vessels = layer();
  drawVessels(film, vessels, anatomy, study);
  const masks = layTissue(film, density, vessels, anatomy, findingsOf(study, anatomy), study);

  const findingMasks: Partial<Record<PhantomFinding, NdArray<Uint8Array>>> = {};
  for (const finding of ["Nodule", "Effusion", "Pneumothorax"] as const) {
    if (study.findings.includes(finding)) findingMasks[finding] = mask(masks[finding]);
  }
  const heartMask = mask(masks.heart);
  if (study.findings.includes("Cardiomegaly")) findingMasks.Cardiomegaly = heartMask;
  for (const tube of phantomTubes) {
    if (!study.findings.includes(tube)) continue;
    const drawn = layer();
    drawTube(film, drawn, tube, anatomy, study);
    const touched = new Uint8Array(size * size);
    for (let i = 0; i < drawn.length; i++) {
      density[i]! += drawn[i]!;
      if (drawn[i]! > 0) touched[i] = 1;
    }
    findingMasks[tube] = mask(touched);
  }
  drawMarker(film, density, study);

  return {
    image: { pixels: ndarray(develop(film, density, study), [size, size]), range: [0, 255] },
    lungMask: mask(masks.lungs),
    heartMask,
    findingMasks,
  };
}

/** The air of trachea and main bronchi. */
function drawAirways(film: Film, layer: Float32Array, { carina: [x, y], width }: Anatomy): void {
  drawRod(
    film,
    layer,
    [
      { x: 0.003, y: -0.1, radius: 0.021 },
      { x: 0.002, y: 0.1, radius: 0.021 },
      { x: x - 0.006, y: y - 0.06, radius: 0.0195 },
      { x, y, radius: 0.018 },
    ],
    -6,
  );
  for (const [side, drop] of [
    [-1, 0.06],
    [1, 0.075],
  ] as const) {
    drawRod(
      film,
      layer,
      [
        { x, y: y - 0.005, radius: 0.014, strength: 0 },
        { x: x + side * 0.025, y: y + 0.35 * drop, radius: 0.013, strength: 0.7 },
        { x: x + side * 0.075 * width, y: y + drop, radius: 0.011, strength: 0.3 },
      ],
      -6,
    );
  }
}

/** The lead letter L that technicians lay beside the patient's left shoulder. */
function drawMarker(film: Film, layer: Float32Array, study: PhantomStudy): void {
  const visit = visitStream(study, "marker");
  const x = between(visit, 0.36, 0.4);
  const y = between(visit, 0.05, 0.09);
  const radius = 0.0045;
  drawRod(
    film,
    layer,
    [
      { x, y, radius },
      { x, y: y + 0.034, radius },
      { x: x + 0.02, y: y + 0.034, radius },
    ],
    110,
  );
}
