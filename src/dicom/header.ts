/** A window of a file: which values run from black to white. */
export interface DicomWindow {
  /** Window Center (0028,1050), in the units that the modality transform gives. */
  readonly center: number;
  /** Window Width (0028,1051). */
  readonly width: number;
  /** VOI LUT Function (0028,1056); "LINEAR" where the file states none. */
  readonly function: "LINEAR" | "LINEAR_EXACT" | "SIGMOID";
  /** Window Center & Width Explanation (0028,1055), such as "LUNG". */
  readonly explanation?: string;
}

/** From stored values to the modality's own: slope * stored + intercept. */
export interface DicomRescale {
  /** Rescale Slope (0028,1053); 1 where the file states none. */
  readonly slope: number;
  /** Rescale Intercept (0028,1052); 0 where the file states none. */
  readonly intercept: number;
  /** Rescale Type (0028,1054): the unit of the result. */
  readonly type?: string;
}

/** Something in a header that was read as if it were absent. */
export interface DicomWarning {
  /** The element, such as "(0010,1010)". */
  readonly tag: string;
  /** What is wrong with it; never its value. */
  readonly message: string;
}

/** What identifies a patient, or leads to one. Only `identifying: true` gives it. */
export interface DicomIdentifiers {
  /** Patient ID (0010,0020). */
  readonly patientId?: string;
  /** Patient's Name (0010,0010), as stored: components separated by `^`. */
  readonly patientName?: string;
  /** Patient's Birth Date (0010,0030), YYYYMMDD. */
  readonly patientBirthDate?: string;
  /** Study Date (0008,0020), YYYYMMDD. */
  readonly studyDate?: string;
  /** Accession Number (0008,0050). */
  readonly accessionNumber?: string;
  /** Institution Name (0008,0080). */
  readonly institutionName?: string;
  /** Referring Physician's Name (0008,0090). */
  readonly referringPhysician?: string;
  /** Study Description (0008,1030): free text, in which names occur. */
  readonly studyDescription?: string;
  /** Series Description (0008,103E): free text, in which names occur. */
  readonly seriesDescription?: string;
  /** SOP Instance UID (0008,0018): names the image worldwide. */
  readonly sopInstanceUid?: string;
  /** Study Instance UID (0020,000D). */
  readonly studyInstanceUid?: string;
  /** Series Instance UID (0020,000E). */
  readonly seriesInstanceUid?: string;
}

/** What the header of a DICOM image says. Fields whose element is absent or empty are absent. */
export interface DicomHeader {
  /** UID of the transfer syntax (0002,0010): how the file is encoded. */
  readonly transferSyntax: string;
  /** Whether the pixels ever went through a lossy compression (0028,2110), or the transfer syntax is a lossy one. */
  readonly lossy: boolean;
  /** Modality (0008,0060): CR, DX, ... */
  readonly modality?: string;
  /** Body Part Examined (0018,0015). */
  readonly bodyPart?: string;
  /** View Position (0018,5101): PA, AP, LL, ... */
  readonly viewPosition?: string;
  /** Patient Orientation (0020,0020): where the rows and the columns run to, such as ["L", "F"]. */
  readonly patientOrientation?: readonly string[];
  /** Image Laterality (0020,0062), otherwise Laterality (0020,0060): L, R, B or U. */
  readonly laterality?: string;
  /** Patient's Age (0010,1010) in years; fractions for infants. */
  readonly ageYears?: number;
  /** Patient's Sex (0010,0040): F, M or O. */
  readonly sex?: string;
  /** Manufacturer (0008,0070). */
  readonly manufacturer?: string;
  /** Distance between pixel centres, [vertical, horizontal], in mm. */
  readonly pixelSpacingMm?: readonly [number, number];
  /**
   * Where `pixelSpacingMm` comes from: "pixel" is Pixel Spacing (0028,0030), which may be calibrated; "imager" is Imager
   * Pixel Spacing (0018,1164), at the detector and so too large for the patient; "scanned" is Nominal Scanned Pixel
   * Spacing (0018,2010), of the digitised film.
   */
  readonly pixelSpacingSource?: "pixel" | "imager" | "scanned";
  /** Height of a frame. */
  readonly rows: number;
  /** Width of a frame. */
  readonly columns: number;
  /** Number of Frames (0028,0008); 1 where the file states none. */
  readonly frames: number;
  /** Samples per Pixel (0028,0002): 1 for grey and palettes, 3 for colour. */
  readonly samplesPerPixel: number;
  /** Photometric Interpretation (0028,0004), as the file states it. */
  readonly photometricInterpretation: string;
  /** Presentation LUT Shape (2050,0020): IDENTITY or INVERSE. */
  readonly presentationLutShape?: string;
  /** Bits Allocated (0028,0100): bits that a sample takes in an uncompressed file. */
  readonly bitsAllocated: number;
  /** Bits Stored (0028,0101): bits of a sample that hold its value. */
  readonly bitsStored: number;
  /** High Bit (0028,0102): the highest of those bits. */
  readonly highBit: number;
  /** Whether samples are signed (Pixel Representation (0028,0103) is 1). */
  readonly signed: boolean;
  /** Rescale Slope (0028,1053) and Intercept (0028,1052); absent where the file has neither. */
  readonly rescale?: DicomRescale;
  /** The file's windows in its order; none where it has none, or only a VOI lookup table. */
  readonly windows: readonly DicomWindow[];
  /** Elements that were read as if they were absent. */
  readonly warnings: readonly DicomWarning[];
  /** What identifies the patient; only where it was asked for. */
  readonly identifying?: DicomIdentifiers;
}

/** Options of {@link readDicomHeader}, and of `readDicom` among others. */
export interface DicomHeaderOptions {
  /** Name of the file in errors. Default "image". */
  readonly file?: string;
  /** Whether names, ids, dates, free text and UIDs are given too. Default false. */
  readonly identifying?: boolean;
}
