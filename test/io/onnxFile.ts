import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { expect } from "vitest";
import { randomStream } from "../../src/random.js";

/** Fields of a protobuf message by their numbers, undecoded but for numbers. */
type Message = ReadonlyMap<number, readonly (number | Uint8Array)[]>;

function messageOf(bytes: Uint8Array): Message {
  const reader = new BinaryReader(bytes);
  const fields = new Map<number, (number | Uint8Array)[]>();
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    const value =
      wireType === WireType.LengthDelimited
        ? reader.bytes()
        : wireType === WireType.Varint
          ? Number(reader.int64())
          : 0;
    if (wireType === WireType.Bit32) reader.float();
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}

const text = (message: Message, field: number): string =>
  new TextDecoder().decode(message.get(field)?.[0] as Uint8Array | undefined);
const inner = (message: Message, field: number): Message[] =>
  (message.get(field) ?? []).map((bytes) => messageOf(bytes as Uint8Array));

/** What an `.onnx` file says about itself, by the field numbers of onnx.proto. */
export function readOnnx(bytes: Uint8Array) {
  const model = messageOf(bytes);
  const graph = inner(model, 7)[0]!;
  return {
    irVersion: model.get(1)![0],
    producer: `${text(model, 2)} ${text(model, 3)}`,
    operatorSets: inner(model, 8).map((set) => [text(set, 1), set.get(2)![0]]),
    metadata: Object.fromEntries(inner(model, 14).map((entry) => [text(entry, 1), text(entry, 2)])),
    operations: inner(graph, 1).map((node) => text(node, 4)),
    constants: Object.fromEntries(
      inner(graph, 5).map((constant) => [text(constant, 8), constant.get(1) ?? []] as const),
    ),
  };
}

/** Random weights, variances positive ones. */
export function randomize(model: LayersModel, seed = 3): LayersModel {
  const random = randomStream(seed);
  for (const weight of model.weights) {
    const isVariance = weight.name.includes("variance");
    const value = () => (isVariance ? 0.5 + random.uniform() : random.normal() / 4);
    const values = tensor(Float32Array.from({ length: weight.read().size }, value), weight.shape as number[]);
    weight.write(values);
    values.dispose();
  }
  return model;
}

/** Expects that ONNX Runtime gives what `model.predict` gives, for several batch sizes. */
export async function expectSameOutputs(bytes: Uint8Array, model: LayersModel): Promise<void> {
  const session = await InferenceSession.create(bytes);
  const random = randomStream(5);
  for (const batch of [1, 2, 5]) {
    const inputs = model.inputs.map(({ shape: [, ...shape] }) => {
      const lengths = [batch, ...(shape as number[])];
      const size = lengths.reduce((product, length) => product * length, 1);
      return tensor(
        Float32Array.from({ length: size }, () => random.normal()),
        lengths,
      );
    });
    const feeds = inputs.map((x, i) => [
      session.inputNames[i]!,
      new OrtTensor("float32", x.dataSync(), x.shape),
    ]);
    const results = await session.run(Object.fromEntries(feeds));
    const expected = [model.predict(inputs, { batchSize: batch })].flat() as Tensor[];
    expected.forEach((output, i) => {
      const { dims, data } = results[session.outputNames[i]!]!;
      expect(dims).toEqual(output.shape);
      const values = output.dataSync();
      const most = (data as Float32Array).reduce(
        (worst, value, at) => Math.max(worst, Math.abs(value - values[at]!)),
        0,
      );
      expect(most).toBeLessThan(1e-5);
    });
  }
  await session.release();
}
