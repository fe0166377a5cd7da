import type { Anatomy } from "./anatomy.js";
import { bezierRod, drawRod, type Film, type Point, type RodPoint } from "./film.js";
import { findingsOf } from "./findings.js";
import { diaphragmY, lateralX } from "./lung.js";
import { around, between, type PhantomStudy, patientStream, visitStream } from "./phantomStudy.js";
import type { phantomTubes } from "./vocabulary.js";

type Tube = (typeof phantomTubes)[number];

/** One part of a tube as it is drawn. */
interface TubePart {
  readonly path: readonly RodPoint[];
  readonly density: number;
}

const wall = 9;
const stripe = 65;

/** Adds a tube to a layer that holds nothing else. */
export function drawTube(
  film: Film,
  layer: Float32Array,
  tube: Tube,
  anatomy: Anatomy,
  study: PhantomStudy,
): void {
  for (const { path, density } of tubeParts[tube](anatomy, study)) drawRod(film, layer, path, density);
}

const tubeParts: Record<Tube, (anatomy: Anatomy, study: PhantomStudy) => TubePart[]> = {
  Chest_drain(anatomy, study) {
    const random = patientStream(study, "Chest_drain");
    const visit = visitStream(study, "Chest_drain");
    // On the side of what it drains, if there is anything.
    const { pneumothorax, effusion } = findingsOf(study, anatomy);
    const lung = (pneumothorax ?? effusion)?.lung ?? (random.uniform() < 0.5 ? anatomy.right : anatomy.left);
    const entry = between(random, 0.46, 0.58) + around(visit, 0, 0.004);
    const wallX = lateralX(lung, entry);
    const tip: Point = [between(random, 0.15, 0.21), between(random, 0.22, 0.3) + around(visit, 0, 0.006)];
    const at = ([x, y]: Point): Point => [lung.side * x, y];
    const course = (radius: number) =>
      bezierRod(
        [
          at([wallX + 0.075, entry + 0.075]),
          at([wallX - 0.06, entry - 0.04]),
          at([wallX - 0.05, tip[1] + 0.12]),
          at(tip),
        ],
        () => radius,
        () => 1,
        24,
      );
    return tubeOf(course, 0.0105, 0.0042);
  },

  Endotracheal_tube(anatomy, study) {
    const visit = visitStream(study, "Endotracheal_tube");
    const [x, carina] = anatomy.carina;
    const tip = carina - between(visit, 0.05, 0.11);
    const lean = around(visit, 0, 0.006);
    const course = (radius: number) =>
      bezierRod(
        [
          [x + 2 * lean, -0.15],
          [x + lean, 0.02],
          [x - 0.5 * lean, tip - 0.1],
          [x + 0.004, tip],
        ],
        () => radius,
      );
    return tubeOf(course, 0.0125, 0.005);
  },

  Nasogastric_tube(anatomy, study) {
    const visit = visitStream(study, "Nasogastric_tube");
    const { x, y } = anatomy.stomach;
    const sway = around(visit, 0, 0.006);
    const hiatus: Point = [0.028 + sway, diaphragmY(anatomy.left, 0.03) + 0.015];
    const upper = (radius: number) =>
      bezierRod(
        [[0.012 + sway, -0.15], [0.026 + sway, 0.2], [0.004 - sway, 0.48], hiatus],
        () => radius,
        () => 1,
        24,
      );
    const lower = (radius: number) =>
      bezierRod(
        [hiatus, [hiatus[0] + 0.012, hiatus[1] + 0.06], [x - 0.07, y + 0.09], [x + 0.02, y + 0.055]],
        () => radius,
      );
    const course = (radius: number) => [...upper(radius), ...lower(radius).slice(1)];
    return tubeOf(course, 0.0075, 0.0042);
  },

  Tracheostomy_tube(anatomy, study) {
    const visit = visitStream(study, "Tracheostomy_tube");
    const x = anatomy.carina[0] + around(visit, 0, 0.004);
    const stoma = between(visit, 0.1, 0.12);
    const tip = stoma + between(visit, 0.1, 0.125);
    const lean = around(visit, 0.004, 0.006);
    const course = (radius: number) =>
      bezierRod(
        [
          [x, stoma],
          [x + lean, stoma + 0.035],
          [x + lean, tip - 0.05],
          [x - 0.3 * lean, tip],
        ],
        () => radius,
      );
    const flange = bezierRod(
      [
        [x - 0.055, stoma - 0.006],
        [x - 0.02, stoma + 0.008],
        [x + 0.02, stoma + 0.008],
        [x + 0.055, stoma - 0.006],
      ],
      (t) => 0.005 + 0.003 * Math.sin(Math.PI * t),
    );
    return [
      { path: course(0.0175), density: 2.4 * wall },
      { path: course(0.0115), density: -1.3 * wall },
      { path: flange, density: 42 },
    ];
  },
};

/** A hollow tube with a radio-opaque stripe. */
function tubeOf(course: (radius: number) => RodPoint[], radius: number, core: number): TubePart[] {
  return [
    { path: course(radius), density: wall },
    { path: course(core), density: stripe },
  ];
}
