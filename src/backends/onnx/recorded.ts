import { BackendError } from "../../errors.js";
import type { Emit } from "./graph/graph.js";
import { type Shape, sizeOf } from "./graph/value.js";
import type { RuntimeTensor } from "./runtime.js";

/** Types of the values that graphs compute; complex numbers and text stay with the CPU's kernels. */
export type OnnxType = "float32" | "int32" | "bool";

/** Values in memory: Float32Array for float32, Int32Array for int32, Uint8Array for bool. */
export type Values = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** Bytes of one element. */
export const bytesOf = (dtype: OnnxType): number => arrays[dtype].BYTES_PER_ELEMENT;

/**
 * Zeros of a type.
 *
 * @throws BackendError when there is no memory for them
 */
export function zeros(dtype: OnnxType, size: number): Values {
  try {
    return new arrays[dtype](size);
  } catch (cause) {
    const mebibytes = Math.ceil((size * bytesOf(dtype)) / 2 ** 20);
    throw new BackendError(
      "onnx",
      `memory is exhausted: there are no ${mebibytes} MiB for ${size} values of ${dtype}; take a smaller batch or smaller ` +
        "images, or free tensors",
      [],
      { cause },
    );
  }
}

/** Whether graphs can hold a type. */
export const isOnnxType = (dtype: string): dtype is OnnxType => dtype in arrays;

/** Values as the array of their type: the given one where it is that already. */
export function asValues(values: ArrayLike<number>, dtype: OnnxType): Values {
  return values instanceof arrays[dtype] ? (values as Values) : arrays[dtype].from(values);
}

const keyNumbers = new Map<string, number>();
const keyTexts: string[] = [];

/** A small number for each different text. */
function keyNumber(key: string): number {
  let number = keyNumbers.get(key);
  if (number === undefined) {
    number = keyNumbers.size;
    keyNumbers.set(key, number);
    keyTexts.push(key);
  }
  return number;
}

/** The text behind a {@link Recorded.key}. */
export const keyText = (key: number): string => keyTexts[key]!;

/** How a recorded value comes about. */
export interface Recipe {
  /** Kernel and all that its emission depends on but inputs and output: equal keys write equal operations. */
  readonly key: string;
  /** Values that it uses. */
  readonly inputs: readonly Recorded[];
  /** Writes it into a graph. */
  readonly emit: Emit;
  /** Whether it was recorded for a gradient. */
  readonly taped?: boolean;
  /** Whether each element depends on the inputs' elements at the same place only, and may be written over one of them. */
  readonly inPlace?: boolean | undefined;
  /** The number that all elements are. */
  readonly fill?: number | undefined;
}

/** A value on a device. */
export interface Held {
  /** As a graph takes it. */
  readonly tensor: RuntimeTensor;
  /** Copies it into the processor's memory. */
  read(): Values;
  /** Frees it. */
  release(): void;
}

/** A value that was computed, or that will be once somebody wants it. */
export class Recorded {
  /** Number of tensors' data that refer to it. */
  holders = 0;
  /** Whether somebody outside may keep the array, so that nothing may be written over it. */
  shared = false;
  private kindNumber: number | undefined;
  private onDevice: Held | undefined;

  private constructor(
    readonly shape: Shape,
    readonly dtype: OnnxType,
    private onProcessor: Values | undefined,
    /** How they come about, until they are there. */
    public recipe: Recipe | undefined,
    /** Number of recipe, shape and type. */
    readonly key: number,
  ) {}

  /** A value that is there. */
  static leaf(values: Values, shape: Shape, dtype: OnnxType): Recorded {
    return new Recorded(shape, dtype, values, undefined, -1);
  }

  /** A value that is still to be computed. */
  static pending(recipe: Recipe, shape: Shape, dtype: OnnxType): Recorded {
    return new Recorded(
      shape,
      dtype,
      undefined,
      recipe,
      keyNumber(`${recipe.key} of ${recipe.inputs.length}>${dtype}:${shape}`),
    );
  }

  /** The values, once they are there; they are brought from the device where they are there only. */
  get values(): Values | undefined {
    if (this.onProcessor === undefined && this.onDevice !== undefined)
      this.onProcessor = this.onDevice.read();
    return this.onProcessor;
  }

  set values(values: Values | undefined) {
    this.onProcessor = values;
  }

  /** The values, if nothing has to be brought from a device for them. */
  get valuesAtHand(): Values | undefined {
    return this.onProcessor;
  }

  /** The value on the device, where it is there. */
  get held(): Held | undefined {
    return this.onDevice;
  }

  /** Whether the value is there, on the processor or on a device. */
  get isThere(): boolean {
    return this.onProcessor !== undefined || this.onDevice !== undefined;
  }

  /** Number of type and shape, which is all that a graph knows of a value that is there. */
  get kind(): number {
    this.kindNumber ??= keyNumber(`${this.dtype}:${this.shape}`);
    return this.kindNumber;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Bytes that the values take. */
  get bytes(): number {
    return this.size * bytesOf(this.dtype);
  }

  /** The value is there: what it was made of is not needed any more. */
  settle(values: Values): void {
    this.values = values;
    this.recipe = undefined;
  }

  /** The value is there, on a device. */
  settleOnDevice(held: Held): void {
    this.onDevice = held;
    this.recipe = undefined;
  }

  /** Frees the value's memory on the device. */
  release(): void {
    this.onDevice?.release();
    this.onDevice = undefined;
  }
}
