import * as tf from "@tensorflow/tfjs-core";
import { OnnxBackend } from "../../../src/backends/onnx/backend.js";
import {
  applied,
  type Choice,
  constant,
  differentiable,
  type Normalizations,
  type Operation,
  operations,
  smooth,
} from "./randomOperations.js";

/** A step of a program: what is done, with which tensor, and how. */
export interface Step extends Choice {
  readonly kind: number;
  readonly a: number;
}

/** What was read: what it is, and the numbers. */
export interface Reading {
  readonly what: string;
  readonly values: readonly number[];
}

const shapes: readonly (readonly number[])[] = [
  [],
  [4],
  [3, 4],
  [2, 3, 4],
  [2, 4, 4, 3],
  [2, 5, 6, 2],
  [1, 4, 4, 8],
  [2, 6, 6, 16],
];

/** Makes a loss depend on both. */
const linear = (x: tf.Tensor, y: tf.Tensor): tf.Tensor => tf.mul(tf.add(tf.sum(x), tf.sum(y)), 0.1);

/** Runs a program on the current backend; one that is wrong in the same way on both backends gives equal readings. */
export class Machine {
  readonly readings: Reading[] = [];
  /** Names of the steps, for messages. */
  readonly log: string[] = [];
  private readonly live: tf.Tensor[] = [];
  private readonly variables: tf.Variable[] = [];
  private readonly normalizations: Normalizations = new Map();
  private readonly all = operations(this.normalizations);
  /** With an epsilon that lets gradients be small: some are nothing but rounding. */
  private readonly optimizers: readonly tf.Optimizer[] = [
    tf.train.sgd(0.01),
    tf.train.adam(0.05, 0.9, 0.999, 0.01),
    tf.train.adam(0.02, 0.8, 0.99, 0.03),
    tf.train.rmsprop(0.01, 0.9, 0, 0.01),
  ];

  /** @param before the memory before the program */
  constructor(private readonly before: tf.MemoryInfo) {
    for (const [i, shape] of shapes.entries()) this.live.push(constant(shape, i));
    for (const shape of [[4], [2, 4, 4, 3], [2, 6, 6, 16], [120, 90]]) {
      this.variables.push(tf.tidy(() => tf.variable(constant(shape, 1))));
    }
  }

  /** Does one step. */
  async step({ kind, a, b, c, d }: Step): Promise<void> {
    const choice = { b, c, d };
    const statements: readonly (() => void | Promise<void>)[] = [
      () => this.read(a),
      () => this.dispose(a),
      () => this.add("clone", tf.clone(this.tensor(a))),
      () => this.assign(a, choice),
      () => this.keep(a, choice),
      () => this.gradient(a, choice),
      () => this.gradient(a, choice),
      () => this.gradientOfGradient(a, choice),
      () => this.train(a, choice),
      () => this.predict(a, choice),
      () => this.elsewhere(a, choice),
      () => this.add("new", constant(shapes[c % shapes.length]!, d)),
    ];
    const statement = statements[kind % 32];
    if (statement) await statement();
    else this.add(...this.chain(a, choice, 1));
  }

  /** Reads all that is left, and says how many tensors and bytes there are before and after they are disposed. */
  finish(): void {
    const count = () => {
      const now = tf.memory();
      const of = ["numTensors", "numBytes", "numDataBuffers"] as const;
      this.readings.push({ what: "memory", values: of.map((key) => now[key] - this.before[key]) });
    };
    count();
    for (const [i, tensor] of [...this.live, ...this.variables].entries()) this.note(`left ${i}`, tensor);
    for (const layer of this.normalizations.values()) {
      for (const weight of layer.getWeights()) this.note("normalisation", weight);
    }
    count();
    tf.dispose([this.live, this.variables]);
    for (const layer of this.normalizations.values()) {
      for (const weight of layer.weights) weight.dispose();
    }
    for (const optimizer of this.optimizers) optimizer.dispose();
    count();
  }

  private add(what: string, tensor: tf.Tensor): void {
    this.log.push(`${this.live.length}: ${what} [${tensor.shape}]`);
    this.live.push(tensor);
  }

  private tensor(a: number): tf.Tensor {
    const all = [...this.live, ...this.variables];
    return all[a % all.length]!;
  }

  private note(what: string, tensor: tf.Tensor): void {
    this.readings.push({ what: `${what} ${tensor.dtype} [${tensor.shape}]`, values: [...tensor.dataSync()] });
  }

  private read(a: number): void {
    const tensor = this.tensor(a);
    this.log.push(`read ${a} [${tensor.shape}]`);
    this.note("read", tensor);
    // What was read is the reader's, but where the CPU backend gives its own arrays.
    const backend = tf.backend();
    if (backend instanceof OnnxBackend && backend.data.has(tensor.dataId))
      (tensor.dataSync() as Float32Array)[0] = 1e6;
  }

  private dispose(a: number): void {
    if (this.live.length < 4) return;
    const [tensor] = this.live.splice(a % this.live.length, 1);
    this.log.push(`dispose ${a % (this.live.length + 1)} [${tensor!.shape}]`);
    tensor!.dispose();
  }

  private named(index: number, names: readonly string[] = Object.keys(this.all)): [string, Operation] {
    const name = names[index % names.length]!;
    return [name, this.all[name]!];
  }

  /** Several operations one after the other. */
  private chain(a: number, { b, c, d }: Choice, length: number): [string, tf.Tensor] {
    const names: string[] = [];
    const result = tf.tidy(() => {
      let x = this.tensor(a);
      for (let i = 0; i < length; i++) {
        const [name, operation] = this.named(b * 3 + c + i * (d + 7));
        names.push(name);
        x = applied(operation, x, this.tensor(b + i), { b: b + i, c, d });
      }
      return x.rank > 4 ? tf.reshape(x, [-1]) : tf.mul(x, 1.01);
    });
    return [`${names.join(", ")} of ${a}, ${b}`, result];
  }

  private assign(a: number, choice: Choice): void {
    const variable = this.variables[a % this.variables.length]!;
    tf.tidy(() => {
      const [what, value] = this.chain(this.live.length + (a % this.variables.length), choice, 2);
      this.log.push(`assign to ${a % this.variables.length}: ${what}`);
      const isSame = `${value.shape}` === `${variable.shape}` && value.dtype === variable.dtype;
      variable.assign(isSame ? value : tf.sub(variable, tf.mul(tf.mean(value), 0.1)));
    });
  }

  private keep(a: number, choice: Choice): void {
    const kept = tf.tidy(() => {
      const x = tf.keep(tf.tanh(this.tensor(a)));
      tf.mul(x, 2);
      if (choice.c % 2) x.dataSync();
      this.add("keep", tf.keep(tf.clone(x)));
      return x;
    });
    this.add(...this.chain(a, choice, 2));
    this.add("kept", kept);
  }

  private loss(a: number, { b, c, d }: Choice, names: readonly string[], length: number, log: string[] = []) {
    return (x: tf.Tensor, y: tf.Tensor): tf.Scalar => {
      let z = x;
      for (let i = 0; i < length; i++) {
        const [name, operation] = this.named(a + b * 5 + i * (c + d + 11), names);
        log.push(name);
        z = applied(operation, z, i % 2 ? x : y, { b: b + i, c, d });
      }
      return tf.sum(tf.mul(z, constant(z.shape, c))) as tf.Scalar;
    };
  }

  private gradient(a: number, choice: Choice): void {
    const log: string[] = [];
    const names = Object.keys(this.all).filter(differentiable);
    const [x, y] = [this.tensor(a), this.tensor(a + choice.b)];
    const f = this.loss(a, choice, names, 2 + (choice.d % 5), log);
    const [dx, dy] = tf.tidy(() => tf.grads((x, y) => tf.add(f(x!, y!), linear(x!, y!)))([x, y]));
    this.add(`gradient of ${log.join(", ")} of [${x.shape}], [${y.shape}]`, dx!);
    // Of one tensor twice it is one gradient.
    if (dy !== dx) this.add("by the other", dy!);
  }

  private gradientOfGradient(a: number, choice: Choice): void {
    const x = this.tensor(a);
    const log: string[] = [];
    const f = this.loss(a, choice, smooth, 2, log);
    const inner = (z: tf.Tensor) =>
      tf.sum(tf.square(tf.grad((z: tf.Tensor) => tf.add(f(z, x), linear(z, tf.square(z))))(z)));
    this.add(
      "gradient of a gradient",
      tf.tidy(() => tf.grad(inner)(tf.tanh(x))),
    );
    this.log.push(log.join(", "));
  }

  private train(a: number, choice: Choice): void {
    const index = a % this.optimizers.length;
    const optimizer = this.optimizers[index]!;
    // Always the same for an optimizer, which numbers what it keeps.
    const list = this.variables.slice(index % 3, (index % 3) + 2);
    const log: string[] = [];
    const names = Object.keys(this.all).filter(differentiable);
    const f = this.loss(a, choice, names, 2 + (choice.d % 3), log);
    const cost = optimizer.minimize(
      () => tf.add(f(list[0]!, list[1]!), linear(list[0]!, list[1]!)) as tf.Scalar,
      true,
      list,
    )!;
    this.log.push(`${optimizer.getClassName()} ${log.join(", ")}`);
    this.add("cost", cost);
  }

  /** A product with many weights, which become part of the graph, and a bias that is a variable or none. */
  private predict(a: number, { b, c }: Choice): void {
    const [bias, weights] = [this.variables[0]!, this.variables[3]!];
    this.log.push("predict");
    const result = tf.tidy(() => {
      const product = tf.matMul(constant([3, 120], a), weights as tf.Tensor2D);
      const added = b % 2 ? bias : tf.add(constant([4], c), bias);
      if (c % 2) added.dataSync();
      return tf.add(tf.slice(product, [0, 0], [3, 4]), added);
    });
    this.add("prediction", result);
    if (b % 3 === 0) this.read(this.live.length - 1);
  }

  /** What another backend computes of a tensor. */
  private async elsewhere(a: number, { c }: Choice): Promise<void> {
    const here = tf.getBackend();
    await tf.setBackend("cpu");
    const result = tf.add(this.tensor(a), this.tensor(c).shape.length);
    if (c % 2) this.note("elsewhere", result);
    await tf.setBackend(here);
    this.add(`elsewhere ${a}`, result);
  }
}
