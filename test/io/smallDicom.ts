const encoder = new TextEncoder();

/** Elements of a header by tag, each with its value representation: text, or a number for "US". */
export type SmallHeader = Readonly<Record<number, readonly [vr: string, value: string | number]>>;

/**
 * The bytes of a DICOM file in explicit little endian: an 8-bit image of 2 rows and 3 columns, with the elements given
 * besides.
 */
export function smallDicom(more: SmallHeader = {}): Uint8Array {
  const header: SmallHeader = {
    2621442: ["US", 1],
    2621444: ["CS", "MONOCHROME2"],
    2621456: ["US", 2],
    2621457: ["US", 3],
    2621696: ["US", 8],
    2621697: ["US", 8],
    2621698: ["US", 7],
    2621699: ["US", 0],
    ...more,
  };
  const body = Object.entries(header)
    .sort(([a], [b]) => Number(a) - Number(b))
    .flatMap(([tag, [vr, value]]) => element(Number(tag), vr, value));
  const meta = element(0x00020010, "UI", "1.2.840.10008.1.2.1");
  return Uint8Array.from([
    ...new Uint8Array(128),
    ...encoder.encode("DICM"),
    ...element(0x00020000, "UL", meta.length),
    ...meta,
    ...body,
    ...uint16(0x7fe0, 0x0010),
    ...encoder.encode("OB"),
    ...uint16(0, 6, 0),
    ...[10, 20, 30, 40, 50, 60],
  ]);
}

function element(tag: number, vr: string, value: string | number): number[] {
  const bytes =
    typeof value === "number"
      ? vr === "UL"
        ? uint16(value & 0xffff, value >>> 16)
        : uint16(value)
      : [...encoder.encode(value.length % 2 === 0 ? value : `${value}${vr === "UI" ? "\0" : " "}`)];
  return [...uint16(tag >>> 16, tag & 0xffff), ...encoder.encode(vr), ...uint16(bytes.length), ...bytes];
}

function uint16(...values: readonly number[]): number[] {
  return values.flatMap((value) => [value & 0xff, value >>> 8]);
}
