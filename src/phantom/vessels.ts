import type { RandomStream } from "../random.js";
import type { Anatomy } from "./anatomy.js";
import { drawRod, type Film, type RodPoint } from "./film.js";
import { around, between, type PhantomStudy, patientStream } from "./phantomStudy.js";

/** Adds the vessels of both lungs, branching from the hila and fading outward, to a layer. */
export function drawVessels(film: Film, layer: Float32Array, anatomy: Anatomy, study: PhantomStudy): void {
  for (const lung of [anatomy.right, anatomy.left]) {
    const { side } = lung;
    const random = patientStream(study, `vessels ${side}`);
    const top = { x: side * 0.075 * anatomy.width, y: side < 0 ? 0.41 : 0.39 };
    const bottom = { x: side * 0.12 * anatomy.width, y: top.y + 0.13 };
    // The artery to the lower lobe, with the soft shadow of the hilum around it.
    drawRod(
      film,
      layer,
      [
        { ...top, radius: 0.028 },
        { ...bottom, radius: 0.012, strength: 0.4 },
      ],
      1.6,
    );
    drawRod(
      film,
      layer,
      [
        { ...top, radius: 0.013, strength: 0.5 },
        { ...bottom, radius: 0.007 },
      ],
      7,
    );
    const trunks = 17;
    for (let i = 0; i < trunks; i++) {
      // From straight up over lateral to straight down, denser below.
      const share = (i + 0.5) / trunks;
      const heading = around(random, Math.PI * share ** 0.8, 0.1) - Math.PI / 2;
      const along = Math.min(Math.max(1.3 * share - 0.3 + between(random, -0.12, 0.12), 0), 1);
      grow(film, layer, random, {
        x: top.x + along * (bottom.x - top.x),
        y: top.y + along * (bottom.y - top.y),
        heading: side < 0 ? Math.PI - heading : heading,
        radius: between(random, 0.0048, 0.0072),
        length: between(random, 0.06, 0.11),
        generation: 0,
      });
    }
  }
}

interface Branch {
  readonly x: number;
  readonly y: number;
  /** Direction in radians, 0 to the image's right, growing clockwise. */
  readonly heading: number;
  readonly radius: number;
  readonly length: number;
  readonly generation: number;
}

function grow(film: Film, layer: Float32Array, random: RandomStream, branch: Branch): void {
  const pieces = 3;
  const bend = around(random, 0, 0.14);
  const path: RodPoint[] = [
    { x: branch.x, y: branch.y, radius: branch.radius, strength: branch.generation === 0 ? 0.3 : 1 },
  ];
  let { x, y, heading } = branch;
  for (let i = 1; i <= pieces; i++) {
    heading += bend + around(random, 0, 0.09);
    x += (branch.length / pieces) * Math.cos(heading);
    y += (branch.length / pieces) * Math.sin(heading);
    path.push({ x, y, radius: branch.radius * (1 - 0.28 * (i / pieces)) });
  }
  drawRod(film, layer, path, 14);
  if (branch.generation === 3) return;
  const fork = between(random, 0.25, 0.6);
  const lean = between(random, 0.25, 0.75);
  for (const turn of [fork * lean, -fork * (1 - lean)]) {
    grow(film, layer, random, {
      x,
      y,
      heading: heading + turn,
      radius: branch.radius * between(random, 0.58, 0.74),
      length: branch.length * between(random, 0.68, 0.92),
      generation: branch.generation + 1,
    });
  }
}
