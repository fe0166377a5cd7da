import type { SharedPicture } from "../errors.js";
import type { Identities } from "./identities.js";

/** Images of one set that are the same pixel by pixel. */
export interface DuplicateImages {
  /** Name of the set. */
  readonly set: string;
  /** Their ids, two or more. */
  readonly images: readonly string[];
}

/** @internal Image ids of a set by the hash of their pixels. */
export type Pictures = ReadonlyMap<string, readonly string[]>;

/** @internal The pictures of a set, those without a fingerprint left out. */
export function picturesOf({ imageIds, fingerprints }: Identities): Pictures {
  const pictures = new Map<string, string[]>();
  for (const id of imageIds) {
    const pixels = fingerprints?.get(id)?.pixels;
    if (pixels === undefined) continue;
    const ids = pictures.get(pixels);
    if (ids) ids.push(id);
    else pictures.set(pixels, [id]);
  }
  return pictures;
}

/** @internal Pictures of a set that it has under several ids. */
export function duplicatesIn(set: string, pictures: Pictures): DuplicateImages[] {
  return [...pictures.values()].filter(({ length }) => length > 1).map((images) => ({ set, images }));
}

/** @internal Pictures that two sets have; not those that each has once under one id, which the id gives away. */
export function sharedPictures(a: Pictures, b: Pictures): SharedPicture[] {
  return Array.from(a).flatMap(([pixels, first]) => {
    const second = b.get(pixels);
    if (second === undefined) return [];
    const sameId = first.length === 1 && second.length === 1 && first[0] === second[0];
    return sameId ? [] : [{ images: [first, second] as const }];
  });
}
