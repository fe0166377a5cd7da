import { type DataSet, type Element, elementError } from "./dataSet.js";
import { tags, tagText } from "./tags.js";

/** Reads text, with the padding at both ends taken off; undefined where the element is absent or empty. */
export function readString(dataSet: DataSet, tag: number): string | undefined {
  const element = dataSet.elements.get(tag);
  if (element === undefined) return undefined;
  const bytes = dataSet.bytes.subarray(element.start, element.end);
  const text = textDecoder(dataSet).decode(bytes);
  const trimmed = text.replace(/^[\s\0]+|[\s\0]+$/g, "");
  return trimmed === "" ? undefined : trimmed;
}

/** The values of a text of several values; none where the element is absent or empty. */
export function readStrings(dataSet: DataSet, tag: number): string[] {
  return (
    readString(dataSet, tag)
      ?.split("\\")
      .map((part) => part.trim()) ?? []
  );
}

/** Labels of the Encoding standard for the character sets of PS3.3 section C.12.1.1.2 that differ from Latin-1. */
const encodings: Readonly<Record<string, string>> = {
  "ISO_IR 101": "iso-8859-2",
  "ISO_IR 109": "iso-8859-3",
  "ISO_IR 110": "iso-8859-4",
  "ISO_IR 144": "iso-8859-5",
  "ISO_IR 127": "iso-8859-6",
  "ISO_IR 126": "iso-8859-7",
  "ISO_IR 138": "iso-8859-8",
  "ISO_IR 148": "windows-1254",
  "ISO_IR 13": "shift_jis",
  "ISO_IR 166": "windows-874",
  "ISO_IR 192": "utf-8",
  "ISO 2022 IR 87": "iso-2022-jp",
  "ISO 2022 IR 149": "euc-kr",
  GB18030: "gb18030",
  GBK: "gbk",
};

const latin = new TextDecoder("latin1");

function textDecoder(dataSet: DataSet): TextDecoder {
  const element = dataSet.elements.get(tags.specificCharacterSet);
  if (element === undefined) return latin;
  const named = latin.decode(dataSet.bytes.subarray(element.start, element.end)).split("\\");
  const label = named.map((name) => encodings[name.trim().replaceAll("\0", "")]).find(Boolean);
  return label === undefined ? latin : new TextDecoder(label);
}

/** Reads decimal strings (DS, IS); none where the element is absent or empty. */
export function readDecimals(dataSet: DataSet, tag: number): number[] {
  return readStrings(dataSet, tag).map((text) => {
    if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) {
      throw elementError(
        dataSet.file,
        "unsupported",
        tag,
        `${tagText(tag)} is not a number; correct the element`,
      );
    }
    return Number(text);
  });
}

/** Reads a number of 16 bits; undefined where the element is absent or empty. */
export function readUint16(dataSet: DataSet, tag: number): number | undefined {
  return readUint16s(dataSet, tag)[0];
}

/** Reads all numbers of 16 bits; none where the element is absent. */
export function readUint16s(dataSet: DataSet, tag: number): Uint16Array {
  const element = dataSet.elements.get(tag);
  if (element === undefined) return new Uint16Array();
  return uint16sAt(dataSet, element);
}

function uint16sAt({ bytes, littleEndian }: DataSet, { start, end }: Element): Uint16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
  const values = new Uint16Array((end - start) >> 1);
  for (let i = 0; i < values.length; i++) values[i] = view.getUint16(2 * i, littleEndian);
  return values;
}

/** What an element must say for the image to be decoded. */
export function required<Value>(
  dataSet: DataSet,
  tag: number,
  name: string,
  value: Value | undefined,
): Value {
  if (value !== undefined) return value;
  throw elementError(
    dataSet.file,
    "not-an-image",
    tag,
    `has no ${name} ${tagText(tag)}; an image needs one, so it may be another kind of DICOM object`,
  );
}
