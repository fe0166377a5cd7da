import { splineThrough, tabulate, valueAt } from "./curve.js";
import type { Pose } from "./film.js";
import { type Heart, makeHeart } from "./heart.js";
import { type Lung, makeLung } from "./lung.js";
import { around, between, type PhantomStudy, patientStream, visitStream } from "./phantomStudy.js";

/** The body on one film: what the patient keeps, as the film's breath and pose show it. */
export interface Anatomy {
  /** How it lies on the film. */
  readonly pose: Pose;
  /** The right lung, on the image's left. */
  readonly right: Lung;
  /** The left lung. */
  readonly left: Lung;
  /** The heart, with its findings. */
  readonly heart: Heart;
  /** Factor on the width of trunk and arms. */
  readonly girth: number;
  /** How far the spine bends to either side. */
  readonly lean: number;
  /** Fork of the trachea. */
  readonly carina: readonly [x: number, y: number];
  /** Radius of the aortic arch seen end on. */
  readonly aorticKnob: number;
  /** Factor on distances from the midline. */
  readonly width: number;
  /** Radius of the breast shadows, 0 for none. */
  readonly breast: number;
  /** Gas in the stomach: centre and half axes. */
  readonly stomach: { readonly x: number; readonly y: number; readonly a: number; readonly b: number };
}

/** Half the width of neck, shoulders and trunk of a body of mean size. */
const silhouette = splineThrough([
  [-0.2, 0.105],
  [0, 0.11],
  [0.05, 0.135],
  [0.09, 0.21],
  [0.125, 0.32],
  [0.17, 0.42],
  [0.25, 0.47],
  [0.36, 0.465],
  [0.5, 0.445],
  [0.8, 0.44],
  [1.2, 0.45],
]);
const trunk = tabulate(silhouette, -0.2, 1.2);
const bend = tabulate((y) => Math.sin(5 * y + 1), -0.2, 1.2);

/** Half the width of neck, shoulders and trunk, without the arms. */
export function trunkX({ width, girth }: Anatomy, y: number): number {
  return width * girth * valueAt(trunk, y);
}

/** Where the spine's midline lies. */
export function spineX({ lean }: Anatomy, y: number): number {
  return lean * valueAt(bend, y);
}

/** The body that a film shows. */
export function anatomyOf(study: PhantomStudy): Anatomy {
  const patient = patientStream(study, "body");
  const supine = study.view === "AP";
  const width = around(patient, study.sex === "F" ? 0.96 : 1.01, 0.032);
  const girth = around(patient, 1, 0.04);
  const apex = around(patient, 0.13, 0.012);
  const dome = around(patient, 0.69, 0.02);
  const leftDrop = around(patient, 0.028, 0.011);
  const lean = around(patient, 0, 0.006);
  const heartSize = around(patient, 1, 0.045);
  const aorticKnob = around(patient, 0.033 + 0.00016 * (study.ageYears - 50), 0.003);
  const breast = study.sex === "F" ? between(patient, 0.12, 0.16) : 0;
  const carina = [around(patient, -0.004, 0.003), around(patient, 0.345, 0.008)] as const;

  const visit = visitStream(study, "pose");
  const breath = around(visit, supine ? -0.025 : 0, 0.014);
  const pose = {
    scale: around(visit, 1.04, 0.035),
    angle: around(visit, 0, 0.022),
    shift: [around(visit, 0, 0.018), around(visit, 0, 0.018)] as const,
  };
  const stomach = {
    x: between(visit, 0.13, 0.2),
    y: dome + breath + leftDrop + between(visit, 0.045, 0.07),
    a: between(visit, 0.04, 0.08),
    b: between(visit, 0.018, 0.035),
  };

  const enlarged = study.findings.includes("Cardiomegaly");
  const heartWidth = heartSize * width * (supine ? 1.04 : 1) * (enlarged ? cardiomegalySize(study) : 1);
  return {
    pose,
    width,
    carina,
    breast,
    stomach,
    aorticKnob,
    right: makeLung(-1, apex, dome + breath, width),
    left: makeLung(1, apex + 0.004, dome + breath + leftDrop, width),
    heart: makeHeart(heartWidth, dome - 0.69 + breath + 0.5 * (leftDrop - 0.028), enlarged),
    girth,
    lean,
  };
}

/** Factor on the width of the heart of a patient with cardiomegaly. */
function cardiomegalySize(study: PhantomStudy): number {
  return (
    between(patientStream(study, "Cardiomegaly"), 1.28, 1.46) +
    around(visitStream(study, "Cardiomegaly"), 0, 0.015)
  );
}
