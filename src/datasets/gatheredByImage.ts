import type { TableRow } from "./tableRecords.js";

/** What the records of one image say. */
export interface GatheredImage<T> {
  /** Names the image. */
  readonly imageId: string;
  /** Line on which its first record starts. */
  readonly line: number;
  /** How many records it has so far. */
  records: number;
  /** What they say. */
  readonly value: T;
}

/** The images of a table with several records an image, in the order of their first records. */
export interface GatheredByImage<T> extends Iterable<GatheredImage<T>> {
  /** The image that a record belongs to; an empty name is a fault, and undefined. */
  take(row: TableRow, column: string): GatheredImage<T> | undefined;
}

/** Begins to gather; `begin` makes what is known of an image before its first record. */
export function gatheredByImage<T>(begin: () => T): GatheredByImage<T> {
  const images = new Map<string, GatheredImage<T>>();
  return {
    take(row, column) {
      const imageId = row.text(column);
      if (imageId === "") {
        row.fault(column, "is empty; expected the image's name");
        return undefined;
      }
      let image = images.get(imageId);
      if (image === undefined) {
        image = { imageId, line: row.line, records: 0, value: begin() };
        images.set(imageId, image);
      }
      image.records++;
      return image;
    },
    [Symbol.iterator]: () => images.values(),
  };
}
