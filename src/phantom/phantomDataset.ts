import ndarray from "ndarray";
import { ArgumentError } from "../errors.js";
import type { Dataset, Masks } from "../labels/dataset.js";
import { labelMatrix } from "../labels/labelMatrix.js";
import { type RandomStream, randomStream } from "../random.js";
import { around, between, type PhantomStudy } from "./phantomStudy.js";
import { renderPhantom } from "./renderPhantom.js";
import { type PhantomFinding, phantomFindings, phantomTubes } from "./vocabulary.js";

/** What {@link phantomDataset} makes. */
export interface PhantomOptions {
  /** How many patients. */
  readonly patients: number;
  /** Decides everything; default 0. */
  readonly seed?: number | string;
  /** Rows and columns of the films, at least 16; default 64. */
  readonly size?: number;
  /** The label columns, and what films may show; default {@link phantomFindings}. */
  readonly findings?: readonly PhantomFinding[];
  /** Fewest and most films of a patient; default [1, 4]. */
  readonly imagesPerPatient?: readonly [fewest: number, most: number];
  /** Share of films that show a finding, for all findings or one by one; default 0.3. */
  readonly prevalence?: number | Readonly<Partial<Record<PhantomFinding, number>>>;
  /** Share of labels that are made unknown (NaN); default 0. */
  readonly unknown?: number;
}

/** Chance that a patient's next film shows the patient's disease again. */
const persistence = 0.85;

/**
 * Synthetic frontal radiographs with known findings: no patient data, no download.
 *
 * Each patient has a body and some diseases of their own; most of their films show those diseases, in the same place.
 * Findings are independent of each other, of view, age, sex, pose and exposure, so that only the finding itself gives
 * it away. Its masks are "Lungs", "Heart" and one for each of `findings`, empty where the film does not show it.
 *
 * @throws ArgumentError for a count or share out of range, or an unknown finding
 */
export function phantomDataset(options: PhantomOptions): Dataset<PhantomStudy> {
  const { patients, seed = 0, size = 64, findings = phantomFindings, imagesPerPatient = [1, 4] } = options;
  const { prevalence = 0.3, unknown = 0 } = options;
  const known: readonly string[] = [...phantomFindings, ...phantomTubes];
  const stranger = findings.find((finding) => !known.includes(finding));
  if (stranger !== undefined) {
    throw new ArgumentError("options.findings", `"${stranger}" is none of ${known.join(", ")}`);
  }
  const [fewest, most] = imagesPerPatient;
  wholeNumber("options.patients", patients, 0);
  wholeNumber("options.size", size, 16);
  wholeNumber("options.imagesPerPatient[0]", fewest, 1);
  wholeNumber("options.imagesPerPatient[1]", most, fewest);
  share("options.unknown", unknown);
  const shares = findings.map((finding) => {
    const wanted = typeof prevalence === "number" ? prevalence : (prevalence[finding] ?? 0.3);
    share(typeof prevalence === "number" ? "options.prevalence" : `options.prevalence.${finding}`, wanted);
    return wanted;
  });

  const random = randomStream(seed);
  const hidden = random.fork("unknown");
  const digits = String(patients).length;
  const studies: PhantomStudy[] = [];
  const rows: number[][] = [];
  for (let p = 1; p <= patients; p++) {
    const patient = random.fork(`patient ${p}`);
    const patientId = `P${String(p).padStart(digits, "0")}`;
    const sex = patient.uniform() < 0.5 ? "F" : "M";
    const age = Math.round(Math.min(Math.max(around(patient, 58, 16), 20), 90));
    const visits = fewest + patient.integer(most - fewest + 1);
    const diseases = findings.map((finding, f) => courseOf(patient.fork(finding), shares[f]!));
    for (let visit = 0; visit < visits; visit++) {
      const present = diseases.map((shows) => shows());
      studies.push({
        imageId: `${patientId}_${String(visit).padStart(3, "0")}`,
        patientId,
        studyId: String(visit),
        view: patient.uniform() < 0.65 ? "PA" : "AP",
        ageYears: age + Math.floor(visit * between(patient, 0, 1)),
        sex,
        pixelSpacingMm: [380 / size, 380 / size],
        patientSeed: `${seed}/${p}`,
        visit,
        findings: findings.filter((_, f) => present[f]),
      });
      rows.push(present.map((value) => (hidden.uniform() < unknown ? Number.NaN : Number(value))));
    }
  }
  return {
    name: "phantom",
    studies,
    labels: labelMatrix(findings, rows),
    account: { rowsRead: studies.length, rowsKept: studies.length, dropped: [], changed: [] },
    loadImage: (study) => renderPhantom(study, size).image,
    maskNames: ["Lungs", "Heart", ...findings],
    loadMasks: (study) => masksOf(study, size, findings),
  };
}

/** A finding that the film does not show has an empty mask. */
function masksOf(study: PhantomStudy, size: number, findings: readonly PhantomFinding[]): Masks {
  const { lungMask, heartMask, findingMasks } = renderPhantom(study, size);
  const empty = () => ndarray(new Uint8Array(size * size), [size, size]);
  const shown = findings.map((finding) => [finding, findingMasks[finding] ?? empty()] as const);
  return { Lungs: lungMask, Heart: heartMask, ...Object.fromEntries(shown) };
}

/** Tells, film after film, whether a disease shows; over many patients, `prevalence` of the films do. */
function courseOf(random: RandomStream, prevalence: number): () => boolean {
  const stays = Math.max(persistence, prevalence);
  const ill = random.uniform() < prevalence / stays;
  return () => random.uniform() < stays && ill;
}

function wholeNumber(argument: string, value: number, least: number): void {
  if (!(Number.isInteger(value) && value >= least)) {
    throw new ArgumentError(argument, `is ${value}; expected a whole number of at least ${least}`);
  }
}

function share(argument: string, value: number): void {
  if (!(value >= 0 && value <= 1))
    throw new ArgumentError(argument, `is ${value}; expected a number in [0, 1]`);
}
