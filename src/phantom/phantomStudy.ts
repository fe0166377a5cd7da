import type { Study } from "../labels/dataset.js";
import type { RandomStream } from "../random.js";
import { randomStream } from "../random.js";
import type { PhantomFinding } from "./vocabulary.js";

/** A synthetic film; everything that is drawn follows from these fields. */
export interface PhantomStudy extends Study {
  /** Projection. AP films have a wider heart, more scatter and a shallower breath. */
  readonly view: "PA" | "AP";
  /** Age in years. */
  readonly ageYears: number;
  /** Sex; films of women have breast shadows. */
  readonly sex: "F" | "M";
  /** Seed of the patient's anatomy and of where their findings lie. */
  readonly patientSeed: string;
  /** Number of the film among the patient's, from 0: it decides pose, breath, exposure and noise. */
  readonly visit: number;
  /** What the film shows. Labels may be unknown; this is always the truth. */
  readonly findings: readonly PhantomFinding[];
}

/** Random numbers that all films of a patient share. */
export function patientStream(study: PhantomStudy, subject: string): RandomStream {
  return randomStream(study.patientSeed).fork(subject);
}

/** Random numbers of one film. */
export function visitStream(study: PhantomStudy, subject: string): RandomStream {
  return randomStream(study.patientSeed).fork(`visit ${study.visit}`).fork(subject);
}

/** A number near `mean`: normal with the given standard deviation, cut at two deviations. */
export function around(random: RandomStream, mean: number, deviation: number): number {
  return mean + deviation * Math.min(Math.max(random.normal(), -2), 2);
}

/** A number between two bounds, uniform. */
export function between(random: RandomStream, low: number, high: number): number {
  return low + (high - low) * random.uniform();
}
