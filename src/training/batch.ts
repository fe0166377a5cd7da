import type { NdArray } from "ndarray";
import type { InputFormat } from "../images/inputFormat.js";
import type { Study } from "../labels/dataset.js";
import type { LabelMatrix } from "../labels/labelMatrix.js";
import type { ClassMatrix } from "../matrix.js";

/** Some studies, ready for a network. */
export interface Batch<S extends Study = Study> {
  /** Shape [batch, height, width, channels], normalised as the source's format says. */
  readonly images: NdArray<Float32Array>;
  /** Shape [batch, classes]. */
  readonly labels: LabelMatrix;
  /** What a loss aims at where it is not the labels: shape [batch, classes], the dataset's `targets`. */
  readonly targets?: ClassMatrix<Float32Array>;
  /** The dataset's further label sets by name, each of shape [batch, its classes]; absent where it has none. */
  readonly labelSets?: Readonly<Record<string, LabelMatrix>>;
  /**
   * Shape [batch, height, width, masks], the masks that were asked for: 1 inside, 0 outside, NaN throughout where a study has
   * no such mask. Absent when none was asked for.
   */
  readonly masks?: NdArray<Float32Array>;
  /** Names of the masks, in their order. */
  readonly maskNames?: readonly string[];
  /** The studies, in the order of the images. */
  readonly studies: readonly S[];
}

/** A study whose image could not be read. */
export interface SkippedImage {
  /** Which. */
  readonly imageId: string;
  /** What was wrong with it. */
  readonly error: Error;
}

/** Gives batches, epoch after epoch; `for await (const batch of source)` runs over epoch 0. */
export interface BatchSource<S extends Study = Study> extends AsyncIterable<Batch<S>> {
  /** Names of the label columns. */
  readonly classes: readonly string[];
  /** Names of the columns of the further label sets, by the set's name; absent where batches have none. */
  readonly labelSets?: Readonly<Record<string, readonly string[]>>;
  /** Names of the masks in the batches, in their order; absent where batches have none. */
  readonly maskNames?: readonly string[];
  /** What the images are made to be. */
  readonly format: InputFormat;
  /** Samples in an epoch, broken images and repeated studies included. */
  readonly size: number;
  /** Most studies in a batch. */
  readonly batchSize: number;
  /** Images skipped so far, each once. */
  readonly skipped: readonly SkippedImage[];
  /**
   * The batches of one epoch. The same epoch gives the same batches; stopping early frees what was prefetched.
   *
   * @param index epoch, from 0; a shuffled source orders each epoch anew
   * @param options `signal` ends the iteration with the signal's reason
   */
  epoch(index: number, options?: { readonly signal?: AbortSignal }): AsyncIterable<Batch<S>>;
}
