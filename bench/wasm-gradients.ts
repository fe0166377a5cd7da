/**
 * What the library's kernels change for training on the WASM backend: convolution gradients by shape, and whole
 * training steps, before and after. `npx tsx bench/wasm-gradients.ts` (about three minutes), or with words of the
 * table's first column to run only those (`npx tsx bench/wasm-gradients.ts simpleCnn 64`).
 *
 * Before: the kernels of `@tensorflow/tfjs-backend-wasm` alone, and, since it has no gradient for filters, the
 * shortest composition that gives one. Before and after alternate within one process; figures are medians of
 * processor time, which other programs on the machine disturb less than wall time.
 */
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "../src/backends/useBackend.js";
import { denseNet } from "../src/models/denseNet.js";
import { simpleCnn } from "../src/models/simpleCnn.js";

type Kernels = readonly tf.KernelConfig[];

const stock: Kernels = [
  ...tf.getKernelsForBackend("wasm"),
  { kernelName: tf.Conv2DBackpropFilter, backendName: "wasm", kernelFunc: composedFilterGradient },
];
console.log((await useBackend("wasm")).description);
const ours: Kernels = tf.getKernelsForBackend("wasm");

/** The filter's gradient as a convolution of the input with dy, batch and channels changing places. */
function composedFilterGradient({ inputs, attrs }: Parameters<tf.KernelFunc>[0]): tf.TensorInfo {
  const { x, dy } = inputs as { x: tf.Tensor4D; dy: tf.Tensor4D };
  const { filterShape, strides, pad } = attrs as unknown as tf.Conv2DBackpropFilterAttrs;
  return tf.tidy(() => {
    const shape = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad);
    const { top, bottom, left, right } = shape.padInfo;
    const padded: tf.Tensor4D = tf.pad(x, [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ]);
    const all = tf.conv2d(
      tf.transpose(padded, [3, 1, 2, 0]),
      tf.transpose(dy, [1, 2, 0, 3]),
      1,
      "valid",
      "NHWC",
      [shape.strideHeight, shape.strideWidth],
    ) as tf.Tensor4D;
    const used = tf.slice(
      all,
      [0, 0, 0, 0],
      [shape.inChannels, ...filterShape.slice(0, 2), shape.outChannels],
    );
    return tf.transpose(used, [1, 2, 0, 3]);
  });
}

function use(kernels: Kernels): void {
  for (const kernel of kernels) {
    tf.unregisterKernel(kernel.kernelName, "wasm");
    tf.registerKernel(kernel);
  }
}

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Median milliseconds of each function, run in turns, after one turn that does not count. */
async function inTurns(functions: readonly (() => Promise<void>)[], turns: number): Promise<number[]> {
  const times: number[][] = functions.map(() => []);
  for (let turn = 0; turn <= turns; turn++) {
    for (const [i, f] of functions.entries()) {
      const start = processorTime();
      await f();
      if (turn > 0) times[i]!.push(processorTime() - start);
    }
  }
  return times.map((list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]!);
}

const wanted = process.argv.slice(2);
const skip = (title: string) => !wanted.every((word) => title.includes(word));
const row = (title: string, cells: readonly string[]) =>
  console.log(title.padEnd(34) + cells.map((cell) => cell.padStart(12)).join(""));
const ms = (value: number) => (value < 10 ? value.toFixed(2) : value.toFixed(0));

interface Shape {
  readonly x: [number, number, number, number];
  readonly kernel: number;
  readonly filters: number;
  readonly stride?: number;
}

const shapes: readonly Shape[] = [
  // A 7 x 7 CNN at 96 and 224 pixels.
  { x: [8, 96, 96, 1], kernel: 7, filters: 16 },
  { x: [8, 45, 45, 16], kernel: 7, filters: 32 },
  { x: [1, 45, 45, 16], kernel: 7, filters: 32 },
  { x: [4, 109, 109, 16], kernel: 7, filters: 32 },
  // DenseNet121: first layer, bottlenecks, 3 x 3 layers, at 224 and 64 pixels.
  { x: [4, 224, 224, 3], kernel: 7, filters: 64, stride: 2 },
  { x: [4, 56, 56, 256], kernel: 1, filters: 128 },
  { x: [1, 14, 14, 640], kernel: 1, filters: 128 },
  { x: [4, 56, 56, 128], kernel: 3, filters: 32 },
  { x: [1, 56, 56, 128], kernel: 3, filters: 32 },
  { x: [4, 14, 14, 128], kernel: 3, filters: 32 },
  { x: [8, 16, 16, 128], kernel: 3, filters: 32 },
  { x: [8, 4, 4, 128], kernel: 3, filters: 32 },
  // ResNet's downsampling.
  { x: [4, 56, 56, 64], kernel: 3, filters: 128, stride: 2 },
  { x: [4, 56, 56, 64], kernel: 1, filters: 128, stride: 2 },
];

row("ms, before > after", ["forward", "d filter", "", "d input", ""]);
for (const { x: size, kernel, filters, stride = 1 } of shapes) {
  const title = `conv ${size.join("x")} k${kernel} s${stride} to ${filters}`;
  if (skip(title)) continue;
  use(ours);
  const x = tf.randomNormal(size) as tf.Tensor4D;
  const filter = tf.randomNormal([kernel, kernel, size[3], filters]) as tf.Tensor4D;
  const attrs = { strides: stride, pad: "same", dataFormat: "NHWC" };
  const forward = () =>
    tf.engine().runKernel(tf.Conv2D, { x, filter }, { ...attrs, dilations: 1 }) as tf.Tensor;
  const dy = forward();
  const timed = (kernels: Kernels, run: () => tf.Tensor) => async () => {
    use(kernels);
    run().dispose();
  };
  const dFilter = () =>
    tf
      .engine()
      .runKernel(tf.Conv2DBackpropFilter, { x, dy }, { ...attrs, filterShape: filter.shape }) as tf.Tensor;
  const dInput = () =>
    tf
      .engine()
      .runKernel(tf.Conv2DBackpropInput, { dy, filter }, { ...attrs, inputShape: size }) as tf.Tensor;
  const times = await inTurns(
    [
      timed(ours, forward),
      timed(stock, dFilter),
      timed(ours, dFilter),
      timed(stock, dInput),
      timed(ours, dInput),
    ],
    5,
  );
  row(title, times.map(ms));
  tf.dispose([x, filter, dy]);
}

const classes = ["a", "b", "c", "d"];
const models = {
  "simpleCnn 64, batch 8": [() => simpleCnn({ height: 64, width: 64, classes, padding: "same" }), 64, 8],
  "simpleCnn 96, batch 8": [() => simpleCnn({ height: 96, width: 96, classes, padding: "same" }), 96, 8],
  "denseNet [3,3,3] 64, batch 8": [
    () => denseNet({ height: 64, width: 64, classes, blocks: [3, 3, 3], growthRate: 16, initialFilters: 32 }),
    64,
    8,
  ],
  "denseNet 121 64, batch 4": [() => denseNet({ height: 64, width: 64, classes }), 64, 4],
  "denseNet 121 224, batch 1": [() => denseNet({ height: 224, width: 224, classes }), 224, 1],
} as const;

console.log();
row("train step and predict", ["ms/img", "> ms/img", "img/s", "> img/s", "predict ms", "> ms"]);
for (const [title, [build, size, batch]] of Object.entries(models)) {
  if (skip(title)) continue;
  use(ours);
  const model = build();
  const optimizer = tf.train.adam(1e-4);
  const x = tf.randomNormal([batch, size, size, 1]);
  const y = tf.cast(tf.greater(tf.randomUniform([batch, classes.length]), 0.5), "float32");
  const train = (kernels: Kernels) => async () => {
    use(kernels);
    const loss = optimizer.minimize(
      () => tf.losses.sigmoidCrossEntropy(y, model.apply(x, { training: true }) as tf.Tensor) as tf.Scalar,
      true,
    )!;
    await loss.data();
    loss.dispose();
  };
  const predict = (kernels: Kernels) => async () => {
    use(kernels);
    tf.tidy(() => model.predictOnBatch(x));
  };
  const turns = size > 100 || title.includes("121") ? 3 : 7;
  const [before, after] = (await inTurns([train(stock), train(ours)], turns)).map((time) => time / batch);
  const predictions = (await inTurns([predict(stock), predict(ours)], turns)).map((time) => time / batch);
  const perSecond = [before!, after!].map((time) => (1000 / time).toFixed(1));
  row(title, [ms(before!), ms(after!), ...perSecond, ...predictions.map(ms)]);
  optimizer.dispose();
  model.dispose();
  tf.dispose([x, y]);
}
