import { ArgumentError, type SuspectedFilms, type SuspectedPair } from "../errors.js";
import type { Identities } from "./identities.js";
import { nearPairs } from "./nearPairs.js";

/** Bits and distance that `perceptualHash` was measured for. */
const measured = { bits: 256, distance: 48 };

/**
 * @internal Pairs whose perceptual fingerprints differ in at most `maxDistance` bits, within sets and across them, but for
 * those of one id or the same pixels.
 */
export function nearDuplicates(
  sets: readonly Identities[],
  maxDistance: number | undefined,
  pairsKept: number,
): SuspectedFilms[] {
  const images = sets.flatMap(({ imageIds, fingerprints }, set) =>
    Array.from(imageIds).flatMap((id) => {
      const fingerprint = fingerprints?.get(id);
      return fingerprint === undefined ? [] : [{ set, id, ...fingerprint }];
    }),
  );
  if (images.length === 0) return [];
  const bits = 4 * images[0]!.perceptual.length;
  const distanceLimit = maxDistance ?? (bits === measured.bits ? measured.distance : undefined);
  if (distanceLimit === undefined) {
    throw new ArgumentError(
      "options.maxDistance",
      `is needed for fingerprints of ${bits} bits; the default is for the ${measured.bits} of perceptualHash`,
    );
  }
  const found = new Map<number, { count: number; readonly byDistance: SuspectedPair[][] }>();
  const visit = (i: number, j: number, distance: number): void => {
    const [a, b] = [images[i]!, images[j]!];
    if (a.id === b.id || a.pixels === b.pixels) return;
    const key = a.set * sets.length + b.set;
    const pairs = found.get(key) ?? { count: 0, byDistance: [] };
    found.set(key, pairs);
    pairs.count++;
    pairs.byDistance[distance] ??= [];
    const list = pairs.byDistance[distance];
    if (list.length < pairsKept) list.push({ images: [a.id, b.id], distance });
  };
  const fingerprints = images.map(({ perceptual }) => perceptual);
  nearPairs(fingerprints, distanceLimit, visit);
  return Array.from(found)
    .sort(([a], [b]) => a - b)
    .map(([key, { count, byDistance }]) => ({
      sets: [sets[Math.floor(key / sets.length)]!.name, sets[key % sets.length]!.name],
      reason: "near-duplicate",
      count,
      pairs: byDistance.flat().slice(0, pairsKept),
    }));
}

/**
 * @internal Pairs of two sets whose ids differ but end in one file name. A name that stands twice among the studies of one
 * set and source, such as "view1_frontal.jpg", tells nothing and is not compared.
 */
export function sameFileNames(sets: readonly Identities[], pairsKept: number): SuspectedFilms[] {
  const generic = new Set<string>();
  const named = sets.map(({ studies }) => {
    const seen = new Set<string>();
    const byName = new Map<string, string[]>();
    for (const { imageId, source = "" } of studies) {
      const name = fileName(imageId);
      if (seen.has(`${source}/${name}`)) generic.add(name);
      seen.add(`${source}/${name}`);
      const ids = byName.get(name);
      if (ids) ids.push(imageId);
      else byName.set(name, [imageId]);
    }
    return byName;
  });
  const films: SuspectedFilms[] = [];
  named.forEach((a, i) => {
    for (const [offset, b] of named.slice(i + 1).entries()) {
      const pairs: SuspectedPair[] = [];
      let count = 0;
      for (const [name, first] of a) {
        if (generic.has(name)) continue;
        for (const one of first) {
          for (const other of b.get(name) ?? []) {
            if (one === other || samePixels(sets[i]!, one, sets[i + 1 + offset]!, other)) continue;
            count++;
            if (pairs.length < pairsKept) pairs.push({ images: [one, other] });
          }
        }
      }
      const names = [sets[i]!.name, sets[i + 1 + offset]!.name] as const;
      if (count > 0) films.push({ sets: names, reason: "file name", count, pairs });
    }
  });
  return films;
}

function fileName(imageId: string): string {
  return imageId.replace(/^.*[/\\]/, "").replace(/\.(png|jpe?g|dcm|dicom|tiff?|bmp|webp)$/i, "");
}

function samePixels(a: Identities, one: string, b: Identities, other: string): boolean {
  const pixels = a.fingerprints?.get(one)?.pixels;
  return pixels !== undefined && pixels === b.fingerprints?.get(other)?.pixels;
}
