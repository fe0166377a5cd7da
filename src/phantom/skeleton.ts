import { type Anatomy, spineX } from "./anatomy.js";
import { bezierRod, drawRod, type Film, type Point, type RodPoint } from "./film.js";
import { type Lung, lateralX } from "./lung.js";
import { around, type PhantomStudy, patientStream } from "./phantomStudy.js";

/** Adds ribs, clavicles, scapulae, humeri and the arches of the vertebrae to a layer. */
export function drawSkeleton(film: Film, layer: Float32Array, anatomy: Anatomy, study: PhantomStudy): void {
  const random = patientStream(study, "skeleton");
  const pitch = around(random, 0.0635, 0.0015);
  const thickness = around(random, 0.0145, 0.0008);
  const lift = around(random, 0.038, 0.008);
  const clavicle = around(random, 0.165, 0.01) - (study.view === "AP" ? 0.015 : 0);
  for (const lung of [anatomy.right, anatomy.left]) {
    for (let rib = 0; rib < 10; rib++) drawRib(film, layer, lung, rib, { pitch, thickness, lift });
    drawShoulder(film, layer, lung.side, anatomy.width, clavicle + around(random, 0, 0.004));
  }
  drawVertebrae(film, layer, anatomy, pitch);
}

function drawRib(
  film: Film,
  layer: Float32Array,
  lung: Lung,
  rib: number,
  { pitch, thickness, lift }: { readonly pitch: number; readonly thickness: number; readonly lift: number },
): void {
  const { side } = lung;
  const start = lung.apex - 0.02 + rib * pitch;
  const turn = start + 0.03 + 0.0125 * rib;
  const wall = lateralX(lung, turn) + 0.004;
  // How much narrower the chest is a little above the turn.
  const taper = wall - lateralX(lung, turn - 0.024);
  const at = (x: number, y: number): Point => [side * x, y];
  const radius = thickness * (rib === 0 ? 1.1 : 1);
  bone(
    film,
    layer,
    bezierRod(
      [
        at(0.035, start),
        at(0.035 + 0.45 * (wall - 0.035), start - lift),
        at(wall - 2 * Math.min(taper, 0.03) - 0.012, turn - 0.06 - 0.002 * rib),
        at(wall, turn),
      ],
      (t) => radius * (0.78 + 0.22 * t),
      (t) => 0.85 + 0.15 * t,
    ),
    9,
  );
  if (rib > 7) return;
  const end = 0.105 + 0.017 * rib;
  const low = turn + 0.085 + 0.009 * rib;
  bone(
    film,
    layer,
    bezierRod(
      [
        at(wall, turn),
        at(wall + 0.012, turn + 0.04 + 0.003 * rib),
        at(end + 0.55 * (wall - end), low - 0.012),
        at(end, low),
      ],
      (t) => radius * (1 + 0.15 * t),
      (t) => 0.62 - 0.5 * t ** 3,
    ),
    7.5,
  );
}

/** A long bone: a rod with a lighter marrow. */
function bone(film: Film, layer: Float32Array, path: readonly RodPoint[], density: number): void {
  drawRod(film, layer, path, density);
  drawRod(
    film,
    layer,
    path.map((point) => ({ ...point, radius: point.radius * 0.62 })),
    -0.55 * density,
  );
}

function drawShoulder(film: Film, layer: Float32Array, side: -1 | 1, width: number, height: number): void {
  const at = (x: number, y: number): Point => [side * x * width, height + y];
  const rod = (...points: (readonly [x: number, y: number, radius: number])[]): RodPoint[] =>
    points.map(([x, y, radius]) => ({ x: side * x * width, y: height + y, radius }));
  const clavicle = bezierRod(
    [at(0.04, 0.06), at(0.15, 0.06), at(0.2, -0.015), at(0.4, 0)],
    (t) => 0.0135 + 0.005 * (2 * t - 1) ** 2,
  );
  const scapularBorder = bezierRod(
    [at(0.43, 0.07), at(0.42, 0.14), at(0.4, 0.2), at(0.395, 0.29)],
    () => 0.008,
  );
  const scapularSpine = bezierRod([at(0.31, 0.05), at(0.36, 0.03), at(0.4, 0), at(0.45, -0.01)], () => 0.011);
  bone(film, layer, clavicle, 11);
  drawRod(film, layer, rod([0.37, 0.09, 0.05], [0.395, 0.27, 0.02]), 1.3); // blade of the scapula
  bone(film, layer, scapularBorder, 8);
  bone(film, layer, scapularSpine, 7);
  drawRod(film, layer, rod([0.435, 0.045, 0.02], [0.437, 0.075, 0.02]), 3); // glenoid
  drawRod(film, layer, rod([0.475, 0.055, 0.042], [0.478, 0.065, 0.042]), 3.4); // head of the humerus
  bone(film, layer, rod([0.485, 0.09, 0.024], [0.55, 0.6, 0.024]), 8);
}

function drawVertebrae(film: Film, layer: Float32Array, anatomy: Anatomy, pitch: number): void {
  for (let y = -0.08; y < 1.05; y += 0.85 * pitch) {
    const x = spineX(anatomy, y);
    for (const side of [-1, 1]) {
      drawRod(
        film,
        layer,
        [
          { x: x + side * 0.019, y: y - 0.006, radius: 0.0065 },
          { x: x + side * 0.019, y: y + 0.006, radius: 0.0065 },
        ],
        4,
      );
    }
    drawRod(
      film,
      layer,
      [
        { x, y: y + 0.012, radius: 0.004 },
        { x, y: y + 0.03, radius: 0.007 },
      ],
      6,
    );
  }
}
