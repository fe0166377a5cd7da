import { ArgumentError } from "../errors.js";

/** Names of findings and the spellings that mean the same. */
export interface Vocabulary {
  /**
   * The classes, in order, each with its other spellings. Names are compared without regard to case, and with underscores,
   * hyphens, slashes and runs of blanks as one blank: "Pleural_Thickening" needs no "pleural thickening".
   */
  readonly terms: Readonly<Record<string, readonly string[]>>;
  /**
   * Classes that are exactly "one of these or several", and those classes: present where one of them is present, absent
   * where all are absent. All names are of `terms`.
   */
  readonly unions?: Readonly<Record<string, readonly string[]>>;
}

/**
 * The vocabulary of the public chest X-ray datasets: the fourteen findings of ChestX-ray14 in its spelling, the others of
 * CheXpert and MIMIC-CXR in theirs, then those of VinDr-CXR and of Google's labels of 2019, and the tubes of PadChest.
 *
 * A spelling stands here only if it means the same. Kept apart, since neither is the other:
 *
 * - "Lung Lesion" (CheXpert) is a mass, a nodule or another lesion, so it gives neither of the two, and they don't give it;
 * - "Lung Opacity" (CheXpert, VinDr-CXR, RSNA) and "Airspace Opacity" (Google) are defined differently from set to set;
 * - "Pleural Other" (CheXpert) is more than "Pleural_Thickening"; "Lung tumor" is more and less than "Mass";
 * - "Fracture" is of any bone, "Rib fracture" and "Clavicle fracture" of one.
 *
 * A name cannot tell what it covers: PadChest's "mass" may lie outside the lungs and becomes "Mass" like its "pulmonary
 * mass", so read only the latter from PadChest to join it with other sets.
 *
 * "Nodule or mass" (Google; "Nodule/Mass" in VinDr-CXR) is the union of "Nodule" and "Mass". "No Finding" is no finding.
 */
export const chestVocabulary: Vocabulary = {
  terms: {
    Atelectasis: ["atelectases"],
    Cardiomegaly: [],
    Consolidation: ["lung consolidation"],
    Edema: ["pulmonary edema", "lung edema"],
    Effusion: ["pleural effusion"],
    Emphysema: ["pulmonary emphysema"],
    Fibrosis: ["pulmonary fibrosis"],
    Hernia: ["hiatal hernia"],
    Infiltration: ["infiltrate", "infiltrates"],
    Mass: ["pulmonary mass", "lung mass"],
    Nodule: ["pulmonary nodule", "lung nodule"],
    Pleural_Thickening: [],
    Pneumonia: [],
    Pneumothorax: [],
    "Enlarged Cardiomediastinum": [],
    Fracture: ["fractures"],
    "Lung Lesion": [],
    "Lung Opacity": [],
    "Pleural Other": [],
    "Support Devices": [],
    "Aortic enlargement": [],
    Calcification: [],
    "Clavicle fracture": [],
    "Enlarged PA": ["pulmonary artery enlargement"],
    ILD: ["interstitial lung disease"],
    "Lung cavity": [],
    "Lung cyst": [],
    "Mediastinal shift": [],
    "Rib fracture": [],
    "Other lesion": [],
    COPD: ["chronic obstructive pulmonary disease"],
    "Lung tumor": [],
    Tuberculosis: ["tb"],
    "Airspace Opacity": [],
    "Nodule or mass": ["nodule/mass"],
    Chest_drain: ["chest drain tube"],
    Endotracheal_tube: [],
    Nasogastric_tube: ["nsg tube"],
    Tracheostomy_tube: [],
  },
  unions: { "Nodule or mass": ["Nodule", "Mass"] },
};

/**
 * The class of a vocabulary that a dataset's name for a finding means, such as that of a label column or a box; undefined
 * for a name that the vocabulary has not.
 *
 * @throws ArgumentError when a spelling means two classes, or a union or its parts are not among the terms
 */
export function vocabularyClass(name: string, vocabulary: Vocabulary = chestVocabulary): string | undefined {
  return vocabularyReader(vocabulary)(name);
}

/** {@link vocabularyClass} with its vocabulary checked once. */
export function vocabularyReader({ terms, unions = {} }: Vocabulary): (name: string) => string | undefined {
  const classes = new Map<string, string>();
  for (const [term, spellings] of Object.entries(terms)) {
    for (const spelling of [term, ...spellings]) {
      const other = classes.get(plain(spelling));
      if (other !== undefined && other !== term) {
        throw new ArgumentError(
          "vocabulary.terms",
          `"${spelling}" means "${other}" and "${term}"; expected one of them`,
        );
      }
      classes.set(plain(spelling), term);
    }
  }
  for (const [union, parts] of Object.entries(unions)) {
    const stranger = [union, ...parts].find((name) => !Object.hasOwn(terms, name));
    if (stranger !== undefined) {
      throw new ArgumentError(
        `vocabulary.unions["${union}"]`,
        `"${stranger}" is not among the terms; add it there`,
      );
    }
  }
  return (name) => classes.get(plain(name));
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/[\s_/-]+/g, " ")
    .trim();
}
