/**
 * Every error that the library throws on purpose, and the one guard that tells them apart.
 *
 * ```ts
 * try {
 *   assertNoLeakage(sets);
 * } catch (error) {
 *   if (isRadiolucentError(error, "leakage")) console.error(error.overlaps);
 *   else throw error;
 * }
 * ```
 *
 * @module
 */

const brand: unique symbol = Symbol.for("radiolucent.error") as never;

/** What all errors of the library share; catch it with {@link isRadiolucentError}. */
abstract class TaggedError<Code extends string> extends Error {
  /** Tells the classes apart; survives minifying and several copies of the package. */
  readonly code: Code;

  /** @internal */
  readonly [brand] = true;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** An argument has the wrong shape, range or type. */
export class ArgumentError extends TaggedError<"argument"> {
  /** Name of the argument, with its path inside an options object (`options.fractions.train`). */
  readonly argument: string;

  constructor(argument: string, message: string, options?: ErrorOptions) {
    super("argument", `${argument}: ${message}`, options);
    this.argument = argument;
  }
}

/** One fault in a table. */
export interface TableProblem {
  /** Line of the file on which the record starts, from 1 (the header is 1). */
  readonly row?: number;
  /** Name of the column. */
  readonly column?: string;
  /** The text found there. */
  readonly value?: string;
  /** What is wrong and what was expected. */
  readonly message: string;
}

/** A table (CSV) cannot be read as what it is said to be. */
export class TableError extends TaggedError<"table"> {
  /** Path or name of the file. */
  readonly file: string;
  /** The faults in file order; at most the first twenty. */
  readonly problems: readonly TableProblem[];
  /** How many faults there are in all. */
  readonly problemCount: number;

  constructor(
    file: string,
    problems: readonly TableProblem[],
    advice: string,
    problemCount = problems.length,
  ) {
    const shown = problems.slice(0, 5).map((p) => {
      const where = [
        p.row === undefined ? "" : `row ${p.row}`,
        p.column === undefined ? "" : `column "${p.column}"`,
      ];
      const place = where.filter(Boolean).join(", ");
      return `${place ? `${place}: ` : ""}${p.message}`;
    });
    const more = problemCount > shown.length ? ` (and ${problemCount - shown.length} more)` : "";
    super("table", `${file}: ${shown.join("; ")}${more}. ${advice}`);
    this.file = file;
    this.problems = problems.slice(0, 20);
    this.problemCount = problemCount;
  }
}

/** What is wrong with an image file. */
export type ImageProblem = "missing" | "empty" | "not-an-image" | "truncated" | "unsupported";

/** An image file cannot be decoded. */
export class ImageError extends TaggedError<"image"> {
  /** Path or name of the file. */
  readonly file: string;
  /** The kind of fault. */
  readonly problem: ImageProblem;
  /** The DICOM element at fault, such as "(0028,0010)"; undefined where no single one is, and for other formats. */
  readonly tag: string | undefined;

  constructor(
    file: string,
    problem: ImageProblem,
    message: string,
    options?: ErrorOptions & { readonly tag?: string | undefined },
  ) {
    super("image", `${file}: ${message}`, options);
    this.file = file;
    this.problem = problem;
    this.tag = options?.tag;
  }
}

/** What two sets of studies have in common; empty lists where nothing is shared. */
export interface LeakageOverlap {
  /** Names of the two sets. */
  readonly sets: readonly [string, string];
  /** Patient ids that stand in both. */
  readonly patients: readonly string[];
  /** Study ids that stand in both. */
  readonly studies: readonly string[];
  /** Image ids that stand in both. */
  readonly images: readonly string[];
  /** Pictures that stand in both under several ids, pixel by pixel the same; absent where there is none. */
  readonly samePixels?: readonly SharedPicture[];
}

/** One picture that two sets have under several ids. */
export interface SharedPicture {
  /** Image ids in the first set and in the second. */
  readonly images: readonly [readonly string[], readonly string[]];
}

/** Two images that may show one film. */
export interface SuspectedPair {
  /** Their ids. */
  readonly images: readonly [string, string];
  /** How many bits of their perceptual fingerprints differ; absent where the file name is the reason. */
  readonly distance?: number;
}

/** Pairs of images of two sets that may show one film: what to look at, not proof. */
export interface SuspectedFilms {
  /** Names of the two sets; the same name twice for pairs within a set. */
  readonly sets: readonly [string, string];
  /**
   * "near-duplicate": the perceptual fingerprints differ in few bits. "file name": the ids differ, but are the same after
   * the last slash, whatever the ending of the file.
   */
  readonly reason: "near-duplicate" | "file name";
  /** How many pairs there are. */
  readonly count: number;
  /** The first of them; of near-duplicates the nearest. */
  readonly pairs: readonly SuspectedPair[];
}

/** Sets that ought to be disjoint share patients, studies or images. */
export class LeakageError extends TaggedError<"leakage"> {
  /** The pairs of sets that share something. */
  readonly overlaps: readonly LeakageOverlap[];
  /** Pairs of images of two sets that may show one film, where such pairs were not to be. */
  readonly suspects: readonly SuspectedFilms[];

  constructor(
    message: string,
    overlaps: readonly LeakageOverlap[],
    suspects: readonly SuspectedFilms[] = [],
  ) {
    super("leakage", message);
    this.overlaps = overlaps;
    this.suspects = suspects;
  }
}

/** A model and what it is used on, or loaded from, do not fit together. */
export class ModelError extends TaggedError<"model"> {
  /** What does not fit: a layer's name, a class, or a field of the contract. */
  readonly subject: string;

  constructor(subject: string, message: string, options?: ErrorOptions) {
    super("model", message, options);
    this.subject = subject;
  }
}

/** Training cannot go on, as when the loss is not a number. */
export class TrainingError extends TaggedError<"training"> {
  /** Epoch, from 1. */
  readonly epoch: number;
  /** Batch of the epoch, from 1; undefined where the fault is the epoch's. */
  readonly batch: number | undefined;
  /** Image ids of that batch. */
  readonly imageIds: readonly string[];

  constructor(
    message: string,
    at: { readonly epoch: number; readonly batch?: number; readonly imageIds?: readonly string[] },
  ) {
    super("training", message);
    this.epoch = at.epoch;
    this.batch = at.batch;
    this.imageIds = at.imageIds ?? [];
  }
}

/** A TensorFlow.js backend cannot be used here. */
export class BackendError extends TaggedError<"backend"> {
  /** Name that was asked for. */
  readonly backend: string;
  /** Packages that would provide it, best first. */
  readonly packages: readonly string[];

  constructor(backend: string, message: string, packages: readonly string[] = [], options?: ErrorOptions) {
    super("backend", message, options);
    this.backend = backend;
    this.packages = packages;
  }
}

/** The library's error classes by their `code`. */
export interface RadiolucentErrors {
  /** A wrong argument. */
  argument: ArgumentError;
  /** A table that is not what it is said to be. */
  table: TableError;
  /** An image file that cannot be decoded. */
  image: ImageError;
  /** Sets that share patients, studies or images. */
  leakage: LeakageError;
  /** A model that does not fit what it is used on. */
  model: ModelError;
  /** A training that cannot go on. */
  training: TrainingError;
  /** A backend that cannot be used here. */
  backend: BackendError;
}

/** The `code` of one of the library's errors. */
export type RadiolucentErrorCode = keyof RadiolucentErrors;

/** Any of the library's errors. */
export type RadiolucentError = RadiolucentErrors[RadiolucentErrorCode];

/**
 * Whether a caught value is one of the library's errors, of the given `code` if there is one.
 *
 * @param error anything that was caught
 * @param code narrows to one class; without it, any of the library's errors passes
 */
export function isRadiolucentError<Code extends RadiolucentErrorCode = RadiolucentErrorCode>(
  error: unknown,
  code?: Code,
): error is RadiolucentErrors[Code] {
  return (
    error instanceof Error &&
    (error as { [brand]?: unknown })[brand] === true &&
    (code === undefined || (error as RadiolucentError).code === code)
  );
}
