import type { Anatomy } from "./anatomy.js";
import type { Film } from "./film.js";
import { airDepth, type Findings, fluidDepth, noduleThickness } from "./findings.js";
import { atriumDensity, heartDepth } from "./heart.js";
import { domeDepth, lateralDepth, medialDepth } from "./lung.js";
import { type PhantomStudy, patientStream } from "./phantomStudy.js";
import { coverage, distance, roundness } from "./profile.js";
import { bodyDensity, breastDensity, spineDensity, stomachGas } from "./softTissue.js";
import { makeTexture } from "./texture.js";

/** What lies where, row by row: 1 inside, 0 outside. */
export interface TissueMasks {
  /** Lung fields, without what the heart hides. */
  readonly lungs: Uint8Array;
  /** The heart. */
  readonly heart: Uint8Array;
  /** The nodule, if there is one. */
  readonly Nodule: Uint8Array;
  /** Fluid, if there is any. */
  readonly Effusion: Uint8Array;
  /** Free air, if there is any. */
  readonly Pneumothorax: Uint8Array;
}

/** What a full depth of aerated lung takes away. */
const lungAir = 0.6;
/** Share of the lung that lies behind the diaphragm's dome. */
const recess = 0.3;

/**
 * Lays all that fills areas on the film: trunk, arms, lungs, heart, spine, stomach, breasts, and the findings that are no
 * tubes.
 *
 * @param density in: what the bones add; out: what everything adds. 0 is air, about 1 the whitest
 * @param vessels what the vessels add where a lung holds air
 */
export function layTissue(
  film: Film,
  density: Float32Array,
  vessels: Float32Array,
  anatomy: Anatomy,
  { nodule, effusion, pneumothorax }: Findings,
  study: PhantomStudy,
): TissueMasks {
  const { size, pixel } = film;
  const { heart, width, aorticKnob } = anatomy;
  const texture = makeTexture(patientStream(study, "texture"));
  const mask = () => new Uint8Array(size * size);
  const masks = { lungs: mask(), heart: mask(), Nodule: mask(), Effusion: mask(), Pneumothorax: mask() };
  const line = 0.004;
  const lineWidth = distance(line, 0.7 * pixel);

  for (let row = 0, i = 0; row < size; row++) {
    for (let column = 0; column < size; column++, i++) {
      const x = film.origin[0] + column * film.step[0] - row * film.step[1];
      const y = film.origin[1] + column * film.step[1] + row * film.step[0];
      const out = Math.abs(x);
      const lung = x < 0 ? anatomy.right : anatomy.left;
      const body = bodyDensity(anatomy, x, y);
      const fine = 0.5 * (texture(x * 90, y * 90) + texture(x * 41 + 7, y * 41));
      const coarse = texture(x * 17 + 31, y * 17 + 5);
      const inHeart = heartDepth(heart, x, y);
      const aboveDome = domeDepth(lung, out, y);
      const inLateral = lateralDepth(lung, out, y);
      const inMedial = medialDepth(lung, out, y);
      if (inHeart > 0) masks.heart[i] = 1;

      let value = body + spineDensity(anatomy, x, y) + breastDensity(anatomy, x, y);
      value += atriumDensity(heart, x, y);
      if (aboveDome < 0) value += 0.02 * coarse - stomachGas(anatomy, x, y);

      // The share of a lung's depth that holds air.
      let air = 0;
      if (inLateral > -pixel && inMedial > -pixel) {
        const inKnob = aorticKnob - distance(x - 0.058 * width, y - 0.285);
        const behind = aboveDome < 0 ? recess * Math.exp(aboveDome / 0.03) : recess;
        const chest = coverage(aboveDome, pixel);
        const solid = Math.max(
          coverage(inHeart, pixel + 0.006) * (0.66 + 0.24 * roundness(inHeart / 0.12)),
          coverage(inKnob, pixel + 0.004) * 0.85,
        );
        const depth =
          roundness(inLateral / 0.13) * roundness(inMedial / 0.06) * (behind + (1 - behind) * chest);
        air = depth * (1 - solid);
        const besideHeart = inHeart <= 0 && inKnob <= 0 && inLateral > 0 && inMedial > 0;
        if (besideHeart && aboveDome > 0) masks.lungs[i] = 1;

        if (effusion?.lung === lung) {
          const deep = fluidDepth(effusion, out, y);
          const fluid = coverage(deep - 0.006, pixel + 0.02);
          air *= 1 - 0.97 * fluid;
          value += 0.07 * fluid * depth;
          if (besideHeart && deep > 0 && aboveDome > -0.05) masks.Effusion[i] = 1;
        }
        value -= lungAir * air;

        let aerated = Math.min(2 * air, 1);
        if (pneumothorax?.lung === lung) {
          const deep = airDepth(pneumothorax, inLateral, y);
          const free = coverage(deep, pixel);
          const pleura = (line / lineWidth) * Math.max(0, 1 - (deep / lineWidth) ** 2);
          // Fades where the crescent runs out, so that no line goes on along the wall.
          const fade = Math.min((deep + inLateral) / 0.02, 1);
          value += fade * (0.17 * pleura - 0.13 * free * coverage(inLateral, pixel)) * chest * (1 - solid);
          aerated *= 1 - fade * free;
          if (deep > 0 && masks.lungs[i] === 1) masks.Pneumothorax[i] = 1;
        }
        value += aerated * (vessels[i]! + 0.018 * fine + 0.012 * coarse);
      }
      value += 0.012 * body * (1 - air) * (fine + coarse);

      if (nodule !== undefined) {
        const thickness = noduleThickness(nodule, x, y);
        if (thickness > 0) masks.Nodule[i] = 1;
        value += nodule.density * thickness;
      }
      // Bones end where the body ends.
      density[i] = Math.max(0, value + density[i]! * Math.min(1, 2.2 * body));
    }
  }
  return masks;
}
