import { type DataSet, elementError, type Span } from "./dataSet.js";
import { tags, tagText } from "./tags.js";

/**
 * The coded bytes of each frame of encapsulated pixel data (PS3.5 section A.4): by the Extended Offset Table, the Basic
 * Offset Table, one fragment a frame, or, where none of these says it, by the fragments that end in an end-of-image marker.
 */
export function encapsulatedFrames(dataSet: DataSet, frames: number, endsInMarker: boolean): Uint8Array[] {
  const { bytes } = dataSet;
  const [table, ...fragments] = dataSet.elements.get(tags.pixelData)?.fragments ?? [];
  if (table === undefined || fragments.length === 0) {
    throw damaged(
      dataSet,
      "holds no fragment; its transfer syntax is a compressed one, so convert the file again",
    );
  }
  const groups =
    frames === 1
      ? [fragments]
      : (byExtendedTable(dataSet, fragments, frames) ??
        byBasicTable(dataSet, table, fragments, frames) ??
        (fragments.length === frames ? fragments.map((fragment) => [fragment]) : undefined) ??
        (endsInMarker ? byEndMarker(bytes, fragments) : [fragments]));
  if (groups.length !== frames) {
    throw damaged(
      dataSet,
      `holds ${groups.length} frames in ${fragments.length} fragments; Number of Frames ${tagText(tags.numberOfFrames)} says ${frames}`,
    );
  }
  return groups.map((group) => joined(bytes, group));
}

function damaged({ file }: DataSet, message: string) {
  return elementError(file, "truncated", tags.pixelData, `Pixel Data ${tagText(tags.pixelData)} ${message}`);
}

function byExtendedTable(dataSet: DataSet, fragments: readonly Span[], frames: number): Span[][] | undefined {
  const [offsets, lengths] = [tags.extendedOffsetTable, tags.extendedOffsetTableLengths].map((tag) => {
    const element = dataSet.elements.get(tag);
    return element && readNumbers(dataSet, element, 8);
  });
  if (offsets === undefined || offsets.length === 0 || lengths === undefined) return undefined;
  if (offsets.length !== frames || lengths.length !== frames) {
    const tag = tags.extendedOffsetTable;
    throw elementError(
      dataSet.file,
      "truncated",
      tag,
      `Extended Offset Table ${tagText(tag)} has ${offsets.length} entries for ${frames} frames; fetch it again`,
    );
  }
  return byOffsets(dataSet, offsets, fragments).map((group, i) => {
    const first = group[0]!;
    // A frame of this table is one fragment, whose padding the length leaves out.
    const end = first.start + lengths[i]!;
    return group.length === 1 && end <= first.end ? [{ start: first.start, end }] : group;
  });
}

function byBasicTable(
  dataSet: DataSet,
  table: Span,
  fragments: readonly Span[],
  frames: number,
): Span[][] | undefined {
  const offsets = readNumbers(dataSet, table, 4);
  return offsets.length === frames ? byOffsets(dataSet, offsets, fragments) : undefined;
}

function readNumbers({ bytes }: DataSet, { start, end }: Span, size: 4 | 8): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
  return Array.from({ length: Math.floor(view.byteLength / size) }, (_, i) =>
    size === 4 ? view.getUint32(4 * i, true) : Number(view.getBigUint64(8 * i, true)),
  );
}

/** Offsets count from the first fragment's item tag, which stands 8 bytes before its value. */
function byOffsets(dataSet: DataSet, offsets: readonly number[], fragments: readonly Span[]): Span[][] {
  const origin = fragments[0]!.start;
  const starts = new Map(fragments.map((fragment, i) => [fragment.start - origin, i]));
  const firsts = offsets.map((offset) => starts.get(offset));
  return firsts.map((first, i) => {
    const next = i + 1 < firsts.length ? firsts[i + 1] : fragments.length;
    if (first === undefined || next === undefined || next <= first || (i === 0 && first !== 0)) {
      throw damaged(dataSet, "has an offset table that fits no fragments; fetch it again");
    }
    return fragments.slice(first, next);
  });
}

function byEndMarker(bytes: Uint8Array, fragments: readonly Span[]): Span[][] {
  const groups: Span[][] = [[]];
  for (const fragment of fragments) {
    groups.at(-1)!.push(fragment);
    let end = fragment.end;
    while (end > fragment.start && bytes[end - 1] === 0) end--;
    if (bytes[end - 2] === 0xff && bytes[end - 1] === 0xd9) groups.push([]);
  }
  if (groups.at(-1)!.length === 0) groups.pop();
  return groups;
}

function joined(bytes: Uint8Array, spans: readonly Span[]): Uint8Array {
  const [first] = spans;
  if (spans.length === 1) return bytes.subarray(first!.start, first!.end);
  const whole = new Uint8Array(spans.reduce((sum, { start, end }) => sum + end - start, 0));
  let at = 0;
  for (const { start, end } of spans) {
    whole.set(bytes.subarray(start, end), at);
    at += end - start;
  }
  return whole;
}
