import type { CacheOutcome } from "./decoding/filmCache.js";

/** How often a cache had what was asked for. */
export interface ImageCacheStatistics {
  /** Images taken from the cache. */
  readonly hits: number;
  /** Images that were not in it, and were made and kept. */
  readonly misses: number;
  /** Images that were in it but damaged, and were made and kept anew. */
  readonly rebuilt: number;
}

/** A folder of decoded and resized images, for {@link imageBatches}. */
export interface ImageCache {
  /** The folder. */
  readonly directory: string;
  /** Counts since this object was made. */
  readonly stats: ImageCacheStatistics;
  /** @internal Counts one image. */
  readonly count: (outcome: CacheOutcome) => void;
}

/**
 * Names a folder in which decoded and resized images are kept; it is made when the first is written.
 *
 * ```ts
 * const cache = imageCache("cache");
 * const training = imageBatches(sets.train, { size: 224, cache });
 * cache.stats; // after some epochs: { hits: 201816, misses: 67272, rebuilt: 0 }
 * ```
 *
 * An image is found by the SHA-256 of its file's bytes, its size and the key of its preprocessing, so a changed file is
 * noticed, and datasets that share films share entries. As long as a file keeps its path, size and times, it is not read
 * again. Pixels are kept as float32, as they come out of the resizing: the batches have the same bits as without a cache.
 * An entry carries a checksum; one that is damaged or half written is made anew and counted. Processes may share a folder.
 * Nothing is ever removed: delete the folder when it is no longer needed.
 *
 * It takes 4 bytes a pixel and a small note for each file: at 224 x 224 pixels 0.2 MB an image, 22 GB for the 112,120
 * images of ChestX-ray14.
 */
export function imageCache(directory: string): ImageCache {
  const counts = { hit: 0, miss: 0, rebuilt: 0 };
  return {
    directory,
    get stats() {
      return { hits: counts.hit, misses: counts.miss, rebuilt: counts.rebuilt };
    },
    count(outcome) {
      counts[outcome]++;
    },
  };
}
