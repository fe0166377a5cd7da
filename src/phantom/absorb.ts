import { type Anatomy, spineX, trunkX } from "./anatomy.js";
import type { Film } from "./film.js";
import {
  airDepth,
  type Effusion,
  fluidDepth,
  type Nodule,
  noduleThickness,
  type Pneumothorax,
} from "./findings.js";
import { heartDepth } from "./heart.js";
import { domeDepth, lateralDepth, medialDepth } from "./lung.js";
import { type PhantomStudy, patientStream } from "./phantomStudy.js";
import { makeTexture } from "./texture.js";

/** What lies where, one number a pixel, above 0 inside. */
export interface TissueMasks {
  readonly lungs: Uint8Array;
  readonly heart: Uint8Array;
  readonly Nodule: Uint8Array;
  readonly Effusion: Uint8Array;
  readonly Pneumothorax: Uint8Array;
}

/** Shares of the film's full density. */
const softTissue = 0.84;
const lungAir = 0.6;
const freeAir = 0.13;

/**
 * Adds all that fills areas to a layer: trunk, arms, lungs, heart, spine, stomach, breasts and the findings that are no
 * tubes.
 *
 * @param density in: bones; out: bones and soft tissue. 0 is air, about 1 the whitest
 * @param vessels what the vessels add where a lung holds air
 */
export function absorb(
  film: Film,
  density: Float32Array,
  vessels: Float32Array,
  anatomy: Anatomy,
  study: PhantomStudy,
  findings: {
    readonly nodule: Nodule | undefined;
    readonly effusion: Effusion | undefined;
    readonly pneumothorax: Pneumothorax | undefined;
  },
): TissueMasks {
  const { size, pixel } = film;
  const { nodule, effusion, pneumothorax } = findings;
  const { heart, width, breast, stomach, aorticKnob } = anatomy;
  const texture = makeTexture(patientStream(study, "texture"));
  const masks: TissueMasks = {
    lungs: new Uint8Array(size * size),
    heart: new Uint8Array(size * size),
    Nodule: new Uint8Array(size * size),
    Effusion: new Uint8Array(size * size),
    Pneumothorax: new Uint8Array(size * size),
  };
  const cover = (depth: number, blur = 0) => {
    const t = Math.min(Math.max(0.5 + depth / (pixel + blur), 0), 1);
    return t * t * (3 - 2 * t);
  };

  for (let row = 0, i = 0; row < size; row++) {
    for (let column = 0; column < size; column++, i++) {
      const x = film.origin[0] + column * film.step[0] - row * film.step[1];
      const y = film.origin[1] + column * film.step[1] + row * film.step[0];
      const lung = x < 0 ? anatomy.right : anatomy.left;
      const ax = Math.abs(x);

      // Body.
      const trunk = thickness(1 - ax / trunkX(anatomy, y));
      const armY = y - 0.25;
      const armX = (ax - 0.42 * width - Math.max(0, 0.38 * armY)) / 1.07;
      const armDepth = anatomy.arm - (armY > 0 ? Math.abs(armX) : Math.sqrt(armX * armX + armY * armY));
      const arm = 0.72 * thickness(armDepth / anatomy.arm);
      const build = 0.78 + 0.22 * Math.min(Math.max((y - 0.02) / 0.5, 0), 1.15);
      const body = softTissue * build * Math.sqrt(Math.sqrt(trunk * trunk * trunk * trunk + arm * arm * arm * arm));
      const fine = texture(x * 90, y * 90) * 0.5 + texture(x * 41 + 7, y * 41) * 0.5;
      const coarse = texture(x * 17 + 31, y * 17 + 5);

      // Lungs and what displaces their air.
      const side = lateralDepth(lung, ax, y);
      const middle = medialDepth(lung, ax, y);
      const above = domeDepth(lung, ax, y);
      let air = 0;
      let occupied = 0;
      const heartIn = heartDepth(heart, x, y);
      const knobIn = aorticKnob - distance(x - 0.058 * width, y - 0.285);
      if (heartIn > 0) masks.heart[i] = 1;
      if (side > -pixel && middle > -pixel) {
        const chord = thickness(side / 0.13) * thickness(middle / 0.06);
        const recess = above < 0 ? 0.3 * Math.exp(above / 0.03) : 0.3;
        air = chord * (recess + (1 - recess) * cover(above));
        const core = Math.max(heartIn, 0);
        occupied = Math.max(
          cover(heartIn, 0.006) * (0.66 + 0.24 * thickness(core / 0.12)) * (study.findings.includes("Cardiomegaly") ? 1.1 : 1),
          cover(knobIn, 0.004) * 0.85,
        );
        if (side > 0 && middle > 0 && above > 0 && heartIn <= 0 && knobIn <= 0) masks.lungs[i] = 1;
      }
      let filled = 0;
      if (effusion?.lung === lung && air > 0) {
        const deep = fluidDepth(effusion, ax, y);
        filled = cover(deep - 0.006, 0.02);
        if (deep > 0 && side > 0 && middle > 0 && above > -0.05 && heartIn <= 0) masks.Effusion[i] = 1;
      }
      const open = air * (1 - occupied) * (1 - 0.97 * filled);
      let collapsed = 0;
      let value = body - lungAir * open + 0.07 * filled * air;
      if (pneumothorax?.lung === lung && air > 0) {
        const deep = airDepth(pneumothorax, side, y);
        collapsed = cover(deep);
        const line = 0.004;
        const soft = distance(line, 0.7 * pixel);
        value += 0.17 * (line / soft) * Math.max(0, 1 - (deep / soft) ** 2) * cover(above) * (1 - occupied);
        value -= freeAir * collapsed * cover(side) * cover(above) * (1 - occupied);
        if (deep > 0 && masks.lungs[i] === 1) masks.Pneumothorax[i] = 1;
      }
      const breathing = Math.min(open / 0.5, 1) * (1 - collapsed);
      value += breathing * (vessels[i]! + 0.018 * fine + 0.012 * coarse);

      // Below the diaphragm, in front and behind.
      if (nodule !== undefined) {
        const thick = noduleThickness(nodule, x, y);
        if (thick > 0) masks.Nodule[i] = 1;
        value += nodule.density * thick;
      }
      if (above < 0) {
        const gas = distance((x - stomach.x) / stomach.a, (y - stomach.y) / stomach.b);
        value -= 0.14 * cover((1 - gas) * stomach.b, 0.012) + 0;
        value += 0.02 * coarse;
      }
      if (breast > 0) {
        const reach = distance((ax - 0.21 * width) / 1.12, y - 0.63) / breast;
        value += 0.15 * thickness(1 - reach) * Math.min(Math.max((y - 0.5) / 0.12, 0), 1);
      }
      value += 0.012 * body * (1 - breathing) * (fine + coarse);

      // Spine.
      const off = Math.abs(x - spineX(anatomy, y)) / (0.03 + 0.008 * y);
      if (off < 1.3) {
        const body = cover((1 - off) * 0.03, 0.022);
        const phase = Math.abs((((y / 0.054) % 1) + 1) % 1 - 0.5) * 2;
        value += 0.065 * body * (0.6 + 0.4 * cover((0.8 - phase) * 0.027, 0.008));
      }
      density[i]! = Math.max(0, value + density[i]! * Math.min(1, body * 2.2));
    }
  }
  return masks;
}

/** Math.hypot takes several times as long. */
function distance(x: number, y: number): number {
  return Math.sqrt(x * x + y * y);
}

/** Chord of a round body by the depth below its surface, both as shares: 0 at the surface, 1 at the centre. */
function thickness(depth: number): number {
  if (depth <= 0) return 0;
  if (depth >= 1) return 1;
  const out = 1 - depth;
  return Math.sqrt(1 - out * out * out);
}
