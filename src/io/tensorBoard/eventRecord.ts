import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { crc32c } from "./crc32c.js";

/** Something that TensorBoard is told. */
export interface TensorBoardEvent {
  /** When it was, in seconds since 1970. */
  readonly wallTime: number;
  /** At which step. */
  readonly step: number;
  /** What is told. */
  readonly content:
    | { readonly kind: "version" }
    /** What earlier files say from this step on does not hold. */
    | { readonly kind: "start" }
    | { readonly kind: "scalars"; readonly values: ReadonlyMap<string, number> };
}

/**
 * An event as TensorBoard's files hold it: TensorFlow's record format (tensorflow/core/lib/io/record_writer.h) around an
 * Event message (tensorflow/core/util/event.proto). Scalars become float32.
 */
export function eventRecord(event: TensorBoardEvent): Uint8Array {
  const message = encodeEvent(event);
  const record = new Uint8Array(message.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(message.length), true);
  view.setUint32(8, masked(crc32c(record.subarray(0, 8))), true);
  record.set(message, 12);
  view.setUint32(12 + message.length, masked(crc32c(message)), true);
  return record;
}

/** A check of data that may hold checks itself. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function encodeEvent({ wallTime, step, content }: TensorBoardEvent): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Bit64).double(wallTime);
  writer.tag(2, WireType.Varint).int64(step);
  if (content.kind === "version") {
    writer.tag(3, WireType.LengthDelimited).string("brain.Event:2");
  } else if (content.kind === "start") {
    writer.tag(7, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.Varint).int32(1);
    writer.join();
  } else {
    writer.tag(5, WireType.LengthDelimited).fork();
    for (const [tag, value] of content.values) {
      writer.tag(1, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.LengthDelimited).string(tag);
      writer.tag(2, WireType.Bit32).float(value);
      writer.join();
    }
    writer.join();
  }
  return writer.finish();
}
