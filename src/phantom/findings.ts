import type { Anatomy } from "./anatomy.js";
import { type Lung, lateralX, medialX } from "./lung.js";
import { around, between, type PhantomStudy, patientStream, visitStream } from "./phantomStudy.js";

/** The findings of a film that fill areas. */
export interface Findings {
  /** Undefined without one. */
  readonly nodule: Nodule | undefined;
  /** Undefined without one. */
  readonly effusion: Effusion | undefined;
  /** Undefined without one. */
  readonly pneumothorax: Pneumothorax | undefined;
}

/** The findings of a film that fill areas, where they lie. */
export function findingsOf(study: PhantomStudy, anatomy: Anatomy): Findings {
  return {
    nodule: noduleOf(study, anatomy),
    effusion: effusionOf(study, anatomy),
    pneumothorax: pneumothoraxOf(study, anatomy),
  };
}

/** A nodule: a small ball with a slightly lobed outline. */
export interface Nodule {
  /** Centre, from the midline to the image's right. */
  readonly x: number;
  /** Centre, down the film. */
  readonly y: number;
  /** Mean radius. */
  readonly radius: number;
  /** Where its lobes point, in radians. */
  readonly turn: number;
  /** What its centre adds to the film. */
  readonly density: number;
}

/** The nodule of a film, undefined without one. It keeps its place in the lung from film to film. */
function noduleOf(study: PhantomStudy, anatomy: Anatomy): Nodule | undefined {
  if (!study.findings.includes("Nodule")) return undefined;
  const random = patientStream(study, "Nodule");
  const lung = random.uniform() < 0.5 ? anatomy.right : anatomy.left;
  // Clear of the largest heart, of an effusion and of the rim that a pneumothorax may take.
  const down = between(random, 0.3, lung.side < 0 ? 0.6 : 0.42);
  const across = random.uniform();
  const y = lung.apex + down * lung.height;
  const inner = anatomy.width * (lung.side < 0 ? 0.15 : 0.16 + 0.3 * (down - 0.3));
  const outer = lateralX(lung, y) - 0.135;
  return {
    x: lung.side * (inner + across * (outer - inner)),
    y,
    radius: between(random, 0.034, 0.042) * around(visitStream(study, "Nodule"), 1, 0.03),
    turn: between(random, 0, 2 * Math.PI),
    density: between(random, 0.26, 0.34),
  };
}

/** Thickness of the nodule as a share of its greatest, 0 outside. */
export function noduleThickness({ x, y, radius, turn }: Nodule, atX: number, atY: number): number {
  const dx = atX - x;
  const dy = atY - y;
  if (Math.abs(dx) > 1.1 * radius || Math.abs(dy) > 1.1 * radius) return 0;
  const reach = radius * (1 + 0.07 * Math.cos(3 * (Math.atan2(dy, dx) - turn)));
  return Math.sqrt(Math.max(0, 1 - (dx * dx + dy * dy) / (reach * reach)));
}

/** Fluid in one pleural cavity. */
export interface Effusion {
  /** The lung beside it. */
  readonly lung: Lung;
  /** Height of the fluid's surface at the medial wall. */
  readonly base: number;
  /** How much higher the surface stands at the lateral wall. */
  readonly rise: number;
}

/** The effusion of a film, undefined without one. The side is the patient's, the amount the film's. */
function effusionOf(study: PhantomStudy, anatomy: Anatomy): Effusion | undefined {
  if (!study.findings.includes("Effusion")) return undefined;
  const random = patientStream(study, "Effusion");
  const lung = random.uniform() < 0.5 ? anatomy.right : anatomy.left;
  const amount = between(random, 0.14, 0.26) * around(visitStream(study, "Effusion"), 1, 0.1);
  return { lung, base: lung.dome + 0.035, rise: amount + 0.035 };
}

/** Distance below the fluid's surface, which climbs towards the lateral wall (the meniscus); negative above it. */
export function fluidDepth({ lung, base, rise }: Effusion, x: number, y: number): number {
  const inner = medialX(lung, y);
  const width = lateralX(lung, y) - inner || 1;
  const out = Math.min(Math.max((x - inner) / width, 0), 1);
  const slope = (2.5 * rise * out * Math.sqrt(out)) / width;
  return (y - base + rise * out * out * Math.sqrt(out)) / Math.sqrt(1 + slope * slope);
}

/** Air between one lung and the chest wall. */
export interface Pneumothorax {
  /** The lung that it lets collapse. */
  readonly lung: Lung;
  /** Width of the air at the apex. */
  readonly width: number;
  /** Share of the lung's height over which the width falls to 0. */
  readonly reach: number;
}

/** The pneumothorax of a film, undefined without one. The side is the patient's, the width the film's. */
function pneumothoraxOf(study: PhantomStudy, anatomy: Anatomy): Pneumothorax | undefined {
  if (!study.findings.includes("Pneumothorax")) return undefined;
  const random = patientStream(study, "Pneumothorax");
  return {
    lung: random.uniform() < 0.5 ? anatomy.right : anatomy.left,
    width: between(random, 0.08, 0.11) * around(visitStream(study, "Pneumothorax"), 1, 0.08),
    reach: between(random, 0.6, 0.85),
  };
}

/** Distance from the collapsed lung's edge, positive in the air, by the distance from the chest wall. */
export function airDepth({ lung, width, reach }: Pneumothorax, lateralDepth: number, y: number): number {
  const down = Math.min(Math.max((y - lung.apex) / (lung.height * reach), 0), 1);
  return width * (1 - down * down * (3 - 2 * down)) - lateralDepth;
}
