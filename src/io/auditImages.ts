import { ArgumentError, type ImageProblem, isRadiolucentError } from "../errors.js";
import { type ImageQuality, imageQuality } from "../images/imageQuality.js";
import { perceptualHash } from "../images/perceptualHash.js";
import type { Dataset, Study } from "../labels/dataset.js";
import { nearPairs } from "../splits/nearPairs.js";
import { checkUniqueIds, pixelDigest } from "./imageFingerprints.js";
import { type MeasureOptions, measureImages } from "./measureImages.js";

/** What may be wrong with an image, in the order in which audits list it. */
export const imageFlags = [
  "unreadable",
  "constant",
  "non-finite",
  "tiny",
  "pale",
  "padded",
  "inverted",
  "rotated",
  "unlike-chest",
  "duplicate",
  "near-duplicate",
] as const;

/**
 * What may be wrong with an image:
 *
 * - "unreadable": its file can't be decoded; nothing else is known of it;
 * - "constant": all its pixels are equal; "non-finite": it holds NaN or infinite pixels;
 * - "tiny": its shorter side is below `minSide`; "pale": its contrast is below `minContrast`;
 * - "padded": more than `maxPadding` of it is margin of one tone;
 * - "inverted", "rotated": it looks so (hints, as `ImageQuality` says);
 * - "unlike-chest": it resembles no frontal chest, neither as it is nor turned or inverted;
 * - "duplicate": another image has the same pixels; "near-duplicate": another image nearly does.
 */
export type ImageFlag = (typeof imageFlags)[number];

/** From where on an image is flagged. */
export interface ImageAuditThresholds {
  /** "tiny" below so many pixels on the shorter side; default 64. */
  readonly minSide?: number;
  /** "pale" below this contrast, in [0, 1]; default 0.2. */
  readonly minContrast?: number;
  /** "padded" above this share of margin, in [0, 1]; default 0.1. */
  readonly maxPadding?: number;
  /** "unlike-chest" below this correlation with a frontal chest, in [-1, 1]; default 0.3. */
  readonly minChestCorrelation?: number;
  /** "near-duplicate" up to so many different bits of 256; default 48, see `perceptualHash`. */
  readonly nearDuplicateBits?: number;
}

/** What {@link auditImages} looks for, and how. */
export type ImageAuditOptions = ImageAuditThresholds & MeasureOptions;

/** Another image that looks the same. */
export interface LookAlike {
  /** Which. */
  readonly imageId: string;
  /** In how many of 256 bits the two differ. */
  readonly bits: number;
  /** Whether it is of the same patient. Films of one patient may be alike by themselves. */
  readonly samePatient: boolean;
}

/** One image of an audit. */
export interface ImageAuditRow {
  /** Which. */
  readonly imageId: string;
  /** Its patient. */
  readonly patientId: string;
  /** Its file, if it is one. */
  readonly path?: string;
  /** What may be wrong with it, in the order of {@link imageFlags}; often nothing. */
  readonly flags: readonly ImageFlag[];
  /** Why it can't be read; absent where it can. */
  readonly problem?: ImageProblem;
  /** The same as a sentence. */
  readonly message?: string;
  /** Rows of pixels; NaN where it can't be read. */
  readonly height: number;
  /** Columns of pixels; NaN where it can't be read. */
  readonly width: number;
  /** Measures of it; absent where it can't be read. */
  readonly quality?: ImageQuality;
  /** Other images with the same pixels; of many, the first 20. */
  readonly duplicates: readonly string[];
  /** Other images that look the same but have other pixels, nearest first; of many, 20. */
  readonly nearDuplicates: readonly LookAlike[];
}

/** What an audit found. */
export interface ImageAudit {
  /** Name of the dataset. */
  readonly name: string;
  /** One row an image, in the order of the studies. */
  readonly rows: readonly ImageAuditRow[];
  /** How many images have each flag, in the order of {@link imageFlags}; an image may have several. */
  readonly counts: Readonly<Record<ImageFlag, number>>;
  /** Images without a flag. */
  readonly unflagged: number;
  /** The thresholds that were used. */
  readonly thresholds: Required<ImageAuditThresholds>;
}

/**
 * Decodes and measures every image of a dataset and flags what a person should look at: `writeImageAudit` makes a
 * table and pictures of it. Nothing is left out or changed. A few images at a time are held.
 *
 * ```ts
 * const audit = await auditImages(dataset, { onProgress: ({ done, total }) => bar.update(done / total) });
 * audit.counts["near-duplicate"]; // 8
 * await writeImageAudit("audit", dataset, audit);
 * ```
 *
 * Flags are hints, not verdicts. Constant images, and those with pixels that are not finite, are not searched
 * for near-duplicates.
 *
 * @throws ArgumentError for a threshold out of its range, an image id that stands twice, or a study without an image
 */
export async function auditImages<S extends Study>(
  dataset: Pick<Dataset<S>, "name" | "studies" | "loadImage">,
  options: ImageAuditOptions = {},
): Promise<ImageAudit> {
  const thresholds = thresholdsOf(options);
  const { studies } = dataset;
  checkUniqueIds(studies);
  const measured = await measureImages(
    dataset,
    (image) => {
      const quality = imageQuality(image);
      const [height, width] = image.pixels.shape as [number, number];
      const plain = quality.constant || quality.nonFinitePixels > 0;
      return {
        height,
        width,
        quality,
        pixels: pixelDigest(image),
        look: plain ? undefined : perceptualHash(image),
      };
    },
    options,
  );
  const found = measured.map((result) => (isRadiolucentError(result) ? undefined : result));
  const duplicates = groupEqual(found.map((result) => result?.pixels));
  const near = studies.map((): LookAlike[] => []);
  const searched = [...studies.keys()].filter((i) => found[i]?.look !== undefined);
  nearPairs(
    searched.map((i) => found[i]!.look!),
    thresholds.nearDuplicateBits,
    (i, j, bits) => {
      const [first, second] = [searched[i]!, searched[j]!];
      if (found[first]!.pixels === found[second]!.pixels) return;
      const [a, b] = [studies[first]!, studies[second]!];
      const samePatient = a.patientId === b.patientId;
      keepNearest(near[first]!, { imageId: b.imageId, bits, samePatient });
      keepNearest(near[second]!, { imageId: a.imageId, bits, samePatient });
    },
  );

  const counts = Object.fromEntries(imageFlags.map((flag) => [flag, 0])) as Record<ImageFlag, number>;
  const rows = studies.map(({ imageId, patientId, path }, i): ImageAuditRow => {
    const result = measured[i]!;
    const base = { imageId, patientId, ...(path !== undefined && { path }) };
    if (isRadiolucentError(result)) {
      counts.unreadable++;
      const { problem, message } = result;
      const none = { height: Number.NaN, width: Number.NaN, duplicates: [], nearDuplicates: [] };
      return { ...base, flags: ["unreadable"], problem, message, ...none };
    }
    const { height, width, quality } = result;
    const twins = duplicates[i]!.filter((other) => other !== i).slice(0, likesKept);
    const nearDuplicates = near[i]!.sort(byNearness).slice(0, likesKept);
    const raised: Record<Exclude<ImageFlag, "unreadable">, boolean> = {
      ...qualityFlags(quality, thresholds),
      duplicate: twins.length > 0,
      "near-duplicate": nearDuplicates.length > 0,
    };
    const flags = imageFlags.filter((flag) => flag !== "unreadable" && raised[flag]);
    for (const flag of flags) counts[flag]++;
    return {
      ...base,
      flags,
      height,
      width,
      quality,
      duplicates: twins.map((other) => studies[other]!.imageId),
      nearDuplicates,
    };
  });
  const unflagged = rows.filter(({ flags }) => flags.length === 0).length;
  return { name: dataset.name, rows, counts, unflagged, thresholds };
}

/** How many others an image's row names, so that a thousand equal images don't make a million names. */
const likesKept = 20;

const byNearness = (a: LookAlike, b: LookAlike) => a.bits - b.bits || (a.imageId < b.imageId ? -1 : 1);

function keepNearest(list: LookAlike[], like: LookAlike): void {
  if (list.push(like) > 10 * likesKept) list.sort(byNearness).splice(likesKept);
}

function qualityFlags(quality: ImageQuality, thresholds: Required<ImageAuditThresholds>) {
  const { constant, suspectInverted: inverted } = quality;
  const rotated = quality.suspectRotation !== 0;
  return {
    constant,
    "non-finite": quality.nonFinitePixels > 0,
    tiny: quality.shorterSide < thresholds.minSide,
    pale: !constant && quality.contrast < thresholds.minContrast,
    padded: quality.paddingShare > thresholds.maxPadding,
    inverted,
    rotated,
    "unlike-chest": !inverted && !rotated && quality.chestCorrelation < thresholds.minChestCorrelation,
  };
}

function thresholdsOf({
  minSide = 64,
  minContrast = 0.2,
  maxPadding = 0.1,
  minChestCorrelation = 0.3,
  nearDuplicateBits = 48,
}: ImageAuditThresholds): Required<ImageAuditThresholds> {
  const thresholds = { minSide, minContrast, maxPadding, minChestCorrelation, nearDuplicateBits };
  const ranges = {
    minSide: [0, Number.POSITIVE_INFINITY],
    minContrast: [0, 1],
    maxPadding: [0, 1],
    minChestCorrelation: [-1, 1],
    nearDuplicateBits: [0, 256],
  } as const;
  for (const [name, [lowest, highest]] of Object.entries(ranges)) {
    const value = thresholds[name as keyof typeof ranges];
    if (!(value >= lowest && value <= highest)) {
      throw new ArgumentError(`options.${name}`, `is ${value}; expected a number in [${lowest}, ${highest}]`);
    }
  }
  return thresholds;
}

/** The indices that have each entry's value, by entry; those of undefined are alone. */
function groupEqual(values: readonly (string | undefined)[]): readonly (readonly number[])[] {
  const groups = new Map<string, number[]>();
  return values.map((value, i) => {
    if (value === undefined) return [i];
    const group = groups.get(value) ?? [];
    groups.set(value, group);
    group.push(i);
    return group;
  });
}
