/** What decodes the frames of a transfer syntax. */
export type PixelCoding = "native" | "rle" | "jpeg" | "jpeg-ls" | "jpeg-2000" | "htj2k";

/** What a transfer syntax says of a file (PS3.6 annex A, PS3.5 annex A). */
export interface TransferSyntax {
  /** Whether elements state their value representation. */
  readonly explicit: boolean;
  /** Byte order of numbers. */
  readonly littleEndian: boolean;
  /** Whether the data set is deflated. */
  readonly deflated: boolean;
  /** How frames are coded. */
  readonly coding: PixelCoding;
  /** Whether samples differ from those before the compression; undefined where the syntax allows both. */
  readonly lossy: boolean | undefined;
}

const explicitLittle = { explicit: true, littleEndian: true, deflated: false } as const;

const root = "1.2.840.10008.1.2";

/** The transfer syntaxes that can be read, by UID. */
export const transferSyntaxes: Readonly<Record<string, TransferSyntax>> = {
  [root]: { explicit: false, littleEndian: true, deflated: false, coding: "native", lossy: false },
  [`${root}.1`]: { ...explicitLittle, coding: "native", lossy: false },
  [`${root}.1.99`]: { ...explicitLittle, deflated: true, coding: "native", lossy: false },
  [`${root}.2`]: { explicit: true, littleEndian: false, deflated: false, coding: "native", lossy: false },
  [`${root}.5`]: { ...explicitLittle, coding: "rle", lossy: false },
  // Baseline, extended, and the retired spectral selection and progressive modes.
  [`${root}.4.50`]: { ...explicitLittle, coding: "jpeg", lossy: true },
  [`${root}.4.51`]: { ...explicitLittle, coding: "jpeg", lossy: true },
  [`${root}.4.53`]: { ...explicitLittle, coding: "jpeg", lossy: true },
  [`${root}.4.55`]: { ...explicitLittle, coding: "jpeg", lossy: true },
  [`${root}.4.57`]: { ...explicitLittle, coding: "jpeg", lossy: false },
  [`${root}.4.70`]: { ...explicitLittle, coding: "jpeg", lossy: false },
  [`${root}.4.80`]: { ...explicitLittle, coding: "jpeg-ls", lossy: false },
  [`${root}.4.81`]: { ...explicitLittle, coding: "jpeg-ls", lossy: true },
  [`${root}.4.90`]: { ...explicitLittle, coding: "jpeg-2000", lossy: false },
  [`${root}.4.91`]: { ...explicitLittle, coding: "jpeg-2000", lossy: undefined },
  [`${root}.4.201`]: { ...explicitLittle, coding: "htj2k", lossy: false },
  [`${root}.4.202`]: { ...explicitLittle, coding: "htj2k", lossy: false },
  [`${root}.4.203`]: { ...explicitLittle, coding: "htj2k", lossy: undefined },
};

/** The default transfer syntax, implicit VR little endian. */
export const implicitLittleEndianUid = root;
/** Explicit VR little endian. */
export const explicitLittleEndianUid = `${root}.1`;
/** Explicit VR big endian, retired. */
export const explicitBigEndianUid = `${root}.2`;
