import { notAnImage } from "./imageFileName.js";

/** A film, going by its path. */
export interface FilmPlace {
  /** Names the film. */
  readonly imageId: string;
  /** The patient that its name gives; undefined where it gives none. */
  readonly patientId?: string;
  /** What its name says of it. */
  readonly finding?: {
    /** The class. */
    readonly name: string;
    /** Whether it has it. */
    readonly label: 0 | 1;
  };
  /** Files that its mask may be made of, best first, for {@link maskFinder}: a mask is the union of the files of one list. */
  readonly masks: readonly (readonly string[])[];
}

/** Layouts that go by the files alone. */
export type LungFileLayout = "montgomery" | "shenzhen" | "jsrt" | "pairs";

/** Begins the name of a mask file whose place is known by its last folder only. */
const anywhere = ".../";

/** How each layout tells a film; the paths go from the dataset's folder. */
export const lungFileLayouts: readonly {
  readonly name: LungFileLayout;
  readonly film: (path: string) => FilmPlace | undefined;
}[] = [
  {
    name: "montgomery",
    film: (path) =>
      tuberculosisFilm(/(?:^|\/)CXR_png\/((MCUCXR_\d+)_([01]))\.png$/, path, (imageId) => [
        ["left", "right"].map((side) => `${anywhere}${side}Mask/${imageId}.png`),
        [`${anywhere}masks/${imageId}.png`],
      ]),
  },
  {
    name: "shenzhen",
    film: (path) =>
      tuberculosisFilm(/(?:^|\/)CXR_png\/((CHNCXR_\d+)_([01]))\.png$/, path, (imageId) => [
        [`${anywhere}mask/${imageId}_mask.png`],
        [`${anywhere}masks/${imageId}_mask.png`],
      ]),
  },
  { name: "jsrt", film: jsrtFilm },
  { name: "pairs", film: pairedFilm },
];

function tuberculosisFilm(
  pattern: RegExp,
  path: string,
  masks: (imageId: string) => readonly (readonly string[])[],
): FilmPlace | undefined {
  const match = pattern.exec(path);
  if (match === null) return undefined;
  const [, imageId, patientId, label] = match;
  return {
    imageId: imageId!,
    patientId: patientId!,
    finding: { name: "Tuberculosis", label: label === "1" ? 1 : 0 },
    masks: masks(imageId!),
  };
}

/** Folders of the SCR masks, and of others' masks, which have the films' names. */
const jsrtMaskFolder = /(^|\/)(heart|(left|right) (lung|clavicle)|[^/]*mask[^/]*)\/[^/]*$/i;

function jsrtFilm(path: string): FilmPlace | undefined {
  const match = /(?:^|\/)(JPC([LN])N\d{3})\.(?:png|jpe?g)$/.exec(path);
  if (match === null || jsrtMaskFolder.test(path)) return undefined;
  const [, imageId, letter] = match;
  return {
    imageId: imageId!,
    patientId: imageId!,
    finding: { name: "Nodule", label: letter === "L" ? 1 : 0 },
    masks: [
      ["left", "right"].map((side) => `${anywhere}${side} lung/${imageId}.png`),
      [`${anywhere}masks/${imageId}.png`],
    ],
  };
}

function pairedFilm(path: string): FilmPlace | undefined {
  const match = /^(.*\/)?images\/([^/]+)\.[^./]+$/.exec(path);
  if (match === null || notAnImage(path) !== undefined) return undefined;
  const [, base = "", name] = match;
  const masks = [`${base}masks/${name}.png`, `${base}masks/${name}_mask.png`];
  return { imageId: `${base}${path.slice(path.lastIndexOf("/") + 1)}`, masks: masks.map((mask) => [mask]) };
}

/**
 * Makes a finder of the mask files that {@link FilmPlace} names. A name that begins with ".../" stands for the one file whose
 * last folder and name are these.
 */
export function maskFinder(paths: readonly string[]): (name: string) => string | undefined {
  const whole = new Set(paths);
  const byEnd = new Map<string, string | undefined>();
  for (const path of paths) {
    const end = anywhere + path.split("/").slice(-2).join("/");
    byEnd.set(end, byEnd.has(end) ? undefined : path);
  }
  return (name) => (whole.has(name) ? name : byEnd.get(name));
}
