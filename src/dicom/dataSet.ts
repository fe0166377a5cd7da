import { ImageError, type ImageProblem } from "../errors.js";
import { tags, tagText } from "./tags.js";

/** One data element, by where its value lies in {@link DataSet.bytes}. */
export interface Element {
  /** First byte of the value. */
  readonly start: number;
  /** One past the last byte of the value. */
  readonly end: number;
  /** Where the fragments of encapsulated pixel data lie, the offset table first; only pixel data has them. */
  readonly fragments?: readonly Span[];
  /** How the items of a sequence are written, where that is not the file's own way. */
  readonly items?: Encoding;
}

/** A stretch of bytes. */
export interface Span {
  /** First byte. */
  readonly start: number;
  /** One past the last byte. */
  readonly end: number;
}

/** How a data set is written. */
export interface Encoding {
  /** Whether elements state their value representation. */
  readonly explicit: boolean;
  /** Byte order of numbers. */
  readonly littleEndian: boolean;
}

/** The elements of a data set, or of an item of a sequence. */
export interface DataSet extends Encoding {
  /** Name of the file in errors. */
  readonly file: string;
  /** What the elements' positions count in: the file, or the inflated data set. */
  readonly bytes: Uint8Array;
  /** The elements by tag. */
  readonly elements: ReadonlyMap<number, Element>;
}

/** The fault of an element of a file. */
export function elementError(file: string, problem: ImageProblem, tag: number, message: string): ImageError {
  return new ImageError(file, problem, message, { tag: tagText(tag) });
}

const unknownLength = 0xffffffff;
const deepest = 64;

/** How a sequence of unknown representation is written, whatever the file's own way (PS3.5 section 6.2.2). */
const implicitLittleEndian: Encoding = { explicit: false, littleEndian: true };

/** Value representations whose length has four bytes, after two unused ones (PS3.5 section 7.1.2). */
const longForms = new Set("OB OD OF OL OV OW SQ SV UC UN UR UT UV".split(" "));

interface Walk extends Encoding {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly end: number;
  at: number;
}

/** Reads the elements from `start` on, up to and with the pixel data; the bytes after it are not looked at. */
export function readElements(
  file: string,
  bytes: Uint8Array,
  start: number,
  encoding: Encoding,
  options: { readonly end?: number; readonly headerOnly?: boolean; readonly lastGroup?: number } = {},
): DataSet & Span {
  const { end = bytes.length, headerOnly = false, lastGroup = 0xffff } = options;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { explicit, littleEndian } = encoding;
  const walk: Walk = { file, bytes, view, explicit, littleEndian, end, at: start };
  const elements = readUntil(walk, { headerOnly, lastGroup, depth: 0 });
  return { file, bytes, explicit, littleEndian, elements, start, end: walk.at };
}

/** The items of a sequence, each a data set; none where the element is absent or empty. */
export function readItems(dataSet: DataSet, tag: number): DataSet[] {
  const element = dataSet.elements.get(tag);
  if (element === undefined) return [];
  const { file, bytes } = dataSet;
  const { explicit, littleEndian } = element.items ?? dataSet;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const walk: Walk = { file, bytes, view, explicit, littleEndian, end: element.end, at: element.start };
  const items: DataSet[] = [];
  while (walk.at < walk.end) {
    const { tag: found, length } = readItemHead(walk, tag);
    if (found === tags.sequenceDelimiter) break;
    const elements = readItem(walk, tag, length, 1);
    items.push({ file, bytes, explicit, littleEndian, elements });
  }
  return items;
}

function readUntil(
  walk: Walk,
  { headerOnly, lastGroup, depth }: { headerOnly: boolean; lastGroup: number; depth: number },
): Map<number, Element> {
  const elements = new Map<number, Element>();
  while (walk.at < walk.end) {
    const head = walk.at;
    const tag = readTag(walk, 0);
    if (tag === tags.itemDelimiter && depth > 0) {
      need(walk, tag, 4);
      walk.at += 4;
      break;
    }
    if (tag >>> 16 > lastGroup) {
      walk.at = head;
      break;
    }
    const { vr, length } = readLength(walk, tag);
    const start = walk.at;
    const isPixels = depth === 0 && tag === tags.pixelData;
    if (isPixels && headerOnly) {
      elements.set(tag, { start, end: start });
      break;
    }
    if (length === unknownLength) {
      if (isPixels) {
        elements.set(tag, readFragments(walk));
        break;
      }
      skipItems(walk, tag, vr, depth + 1);
    } else {
      need(walk, tag, length);
      walk.at += length;
    }
    elements.set(tag, { start, end: walk.at, ...(vr === "UN" && { items: implicitLittleEndian }) });
    if (isPixels) break;
  }
  return elements;
}

function skipItems(walk: Walk, tag: number, vr: string | undefined, depth: number): void {
  if (vr !== undefined && vr !== "SQ" && vr !== "UN") {
    throw elementError(
      walk.file,
      "truncated",
      tag,
      `${tagText(tag)} has no length, which only a sequence may lack; the file is damaged, fetch it again`,
    );
  }
  const inner: Walk = vr === "UN" ? { ...walk, ...implicitLittleEndian } : walk;
  for (;;) {
    const { tag: found, length } = readItemHead(inner, tag);
    if (found === tags.sequenceDelimiter) break;
    readItem(inner, tag, length, depth);
  }
  walk.at = inner.at;
}

function readItem(walk: Walk, tag: number, length: number, depth: number): Map<number, Element> {
  if (depth > deepest) {
    throw elementError(
      walk.file,
      "unsupported",
      tag,
      `${tagText(tag)} nests sequences more than ${deepest} deep; the file is damaged, fetch it again`,
    );
  }
  const whole = length === unknownLength;
  if (!whole) need(walk, tag, length);
  const inner: Walk = { ...walk, end: whole ? walk.end : walk.at + length };
  const elements = readUntil(inner, { headerOnly: false, lastGroup: 0xffff, depth });
  walk.at = inner.at;
  return elements;
}

function readItemHead(walk: Walk, sequence: number): { readonly tag: number; readonly length: number } {
  const tag = readTag(walk, sequence);
  need(walk, sequence, 4);
  const length = walk.view.getUint32(walk.at, walk.littleEndian);
  walk.at += 4;
  if (tag !== tags.item && tag !== tags.sequenceDelimiter) {
    throw elementError(
      walk.file,
      "truncated",
      sequence,
      `${tagText(sequence)} has something other than an item where one should start; the file is damaged, fetch it again`,
    );
  }
  return { tag, length };
}

function readFragments(walk: Walk): Element {
  const start = walk.at;
  const fragments: Span[] = [];
  for (;;) {
    const { tag, length } = readItemHead(walk, tags.pixelData);
    if (tag === tags.sequenceDelimiter) break;
    need(walk, tags.pixelData, length);
    fragments.push({ start: walk.at, end: walk.at + length });
    walk.at += length;
  }
  return { start, end: walk.at, fragments };
}

function readTag(walk: Walk, within: number): number {
  need(walk, within, 4);
  const { view, at, littleEndian } = walk;
  walk.at += 4;
  return view.getUint16(at, littleEndian) * 0x10000 + view.getUint16(at + 2, littleEndian);
}

function readLength(walk: Walk, tag: number): { readonly vr: string | undefined; readonly length: number } {
  need(walk, tag, 4);
  const { view, bytes, littleEndian } = walk;
  // Delimiters and items have no representation, in whatever form (PS3.5 section 7.5).
  if (!walk.explicit || tag >>> 16 === 0xfffe) {
    walk.at += 4;
    return { vr: undefined, length: view.getUint32(walk.at - 4, littleEndian) };
  }
  const vr = String.fromCharCode(bytes[walk.at]!, bytes[walk.at + 1]!);
  if (!/^[A-Z]{2}$/.test(vr)) {
    throw elementError(
      walk.file,
      "truncated",
      tag,
      `${tagText(tag)} states no value representation; the file is damaged, fetch it again`,
    );
  }
  if (!longForms.has(vr)) {
    walk.at += 4;
    return { vr, length: view.getUint16(walk.at - 2, littleEndian) };
  }
  need(walk, tag, 8);
  walk.at += 8;
  return { vr, length: view.getUint32(walk.at - 4, littleEndian) };
}

function need(walk: Walk, tag: number, count: number): void {
  if (walk.end - walk.at < count) {
    const where = tag === 0 ? "between elements" : `inside ${tagText(tag)}`;
    throw new ImageError(
      walk.file,
      "truncated",
      `ends ${where}, where ${count - (walk.end - walk.at)} bytes are missing; fetch it again, or read more of it`,
      tag === 0 ? {} : { tag: tagText(tag) },
    );
  }
}
