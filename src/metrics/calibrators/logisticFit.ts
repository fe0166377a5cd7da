/** A logistic regression: label ~ sigmoid(intercept + sum over columns of coefficient * column). */
export interface LogisticProblem {
  /** One array a coefficient. */
  readonly columns: readonly Float64Array[];
  /** Whether there is an intercept. */
  readonly intercept: boolean;
  /** What is to be predicted, in [0, 1]. */
  readonly targets: ArrayLike<number>;
  /** How much each row counts. */
  readonly weights: ArrayLike<number>;
}

/**
 * Maximum likelihood of a logistic regression with few coefficients, without penalty: Newton's method with step halving
 * on standardised columns.
 *
 * @returns the coefficients of the columns, then the intercept if there is one; undefined where no finite maximum was found,
 *   as when the labels can be separated or the columns depend on one another
 */
export function logisticFit(problem: LogisticProblem): number[] | undefined {
  const { columns, intercept, targets, weights } = problem;
  const scaled = columns.map((column) => standardized(column, weights, intercept));
  const rows = targets.length;
  const design = scaled.map(({ values }) => values);
  if (intercept) design.push(new Float64Array(rows).fill(1));
  let beta = new Array<number>(design.length).fill(0);
  let linear = new Float64Array(rows);
  let next = new Float64Array(rows);
  let loss = lossOf(linear, targets, weights);
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    const step = newtonStep(design, linear, targets, weights);
    if (step === undefined || !step.every(Number.isFinite)) return undefined;
    let factor = 1;
    let nextLoss = Number.POSITIVE_INFINITY;
    for (let halving = 0; halving < maxHalvings; halving++, factor /= 2) {
      next.set(linear);
      design.forEach((column, k) => {
        addTimes(next, factor * step[k]!, column);
      });
      nextLoss = lossOf(next, targets, weights);
      if (nextLoss <= loss + lossSlack * loss) break;
    }
    if (!(nextLoss <= loss + lossSlack * loss)) return undefined;
    beta = beta.map((value, k) => value + factor * step[k]!);
    [linear, next] = [next, linear];
    loss = nextLoss;
    if (step.every((change, k) => Math.abs(change) <= lastStep * (1 + Math.abs(beta[k]!)))) {
      return unscaled(beta, scaled, intercept);
    }
  }
  return undefined;
}

const maxIterations = 100;
const maxHalvings = 100;
/** Near the maximum the loss changes by less than its sum over many rows is rounded; a step must not be halved for that. */
const lossSlack = 1e-9;
/** Each of the last steps squares the error, so that far less than 1e-9 is left after a step of this size. */
const lastStep = 1e-7;

function addTimes(to: Float64Array, factor: number, column: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i]! += factor * column[i]!;
}

/** log(1 + e^x) without overflow. */
export const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** Sigmoid in double precision, exact at both ends. */
export function logistic(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const odds = Math.exp(x);
  return odds / (1 + odds);
}

interface Standardized {
  readonly values: Float64Array;
  readonly center: number;
  readonly scale: number;
}

function standardized(column: Float64Array, weights: ArrayLike<number>, centred: boolean): Standardized {
  let total = 0;
  let sum = 0;
  for (let i = 0; i < column.length; i++) {
    total += weights[i]!;
    sum += weights[i]! * column[i]!;
  }
  const center = centred ? sum / total : 0;
  let squares = 0;
  for (let i = 0; i < column.length; i++) squares += weights[i]! * (column[i]! - center) ** 2;
  const scale = Math.sqrt(squares / total) || 1;
  return { values: column.map((value) => (value - center) / scale), center, scale };
}

function unscaled(beta: readonly number[], scaled: readonly Standardized[], intercept: boolean): number[] {
  const coefficients = scaled.map(({ scale }, k) => beta[k]! / scale);
  if (!intercept) return coefficients;
  const shift = coefficients.reduce((sum, value, k) => sum + value * scaled[k]!.center, 0);
  return [...coefficients, beta.at(-1)! - shift];
}

function lossOf(linear: Float64Array, targets: ArrayLike<number>, weights: ArrayLike<number>): number {
  let loss = 0;
  for (let i = 0; i < linear.length; i++) {
    const x = linear[i]!;
    const target = targets[i]!;
    // softplus(x) and softplus(-x): sums of numbers from 0, so that nothing cancels.
    const tail = Math.log1p(Math.exp(-Math.abs(x)));
    const [present, absent] = x > 0 ? [tail, x + tail] : [tail - x, tail];
    loss += weights[i]! * (target * present + (1 - target) * absent);
  }
  return loss;
}

function newtonStep(
  design: readonly Float64Array[],
  linear: Float64Array,
  targets: ArrayLike<number>,
  weights: ArrayLike<number>,
): number[] | undefined {
  const size = design.length;
  const rows = linear.length;
  const residuals = new Float64Array(rows);
  const curvatures = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const x = linear[i]!;
    const odds = Math.exp(-Math.abs(x));
    const [likely, unlikely] = [1 / (1 + odds), odds / (1 + odds)];
    const [present, absent] = x >= 0 ? [likely, unlikely] : [unlikely, likely];
    // t - p without cancelling where p is near 1.
    residuals[i] = weights[i]! * (targets[i]! * absent - (1 - targets[i]!) * present);
    curvatures[i] = weights[i]! * present * absent;
  }
  const gradient = design.map((column) => sumOf(residuals, column));
  const hessian = Array.from({ length: size }, (_, k) =>
    Array.from({ length: k + 1 }, (_, l) => sumOf(curvatures, design[k]!, design[l])),
  );
  return solvePositive(hessian, gradient);
}

/** Sum of products. */
function sumOf(a: Float64Array, b: Float64Array, c?: Float64Array): number {
  let sum = 0;
  if (c === undefined) for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  else for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]! * c[i]!;
  return sum;
}

/** Solves with a symmetric positive definite matrix given by its lower half (Cholesky); undefined where it is singular. */
function solvePositive(lower: number[][], right: readonly number[]): number[] | undefined {
  const size = right.length;
  const solution = [...right];
  for (let k = 0; k < size; k++) {
    const whole = lower[k]![k]!;
    for (let l = 0; l < k; l++) {
      let sum = lower[k]![l]!;
      for (let m = 0; m < l; m++) sum -= lower[k]![m]! * lower[l]![m]!;
      lower[k]![l] = sum / lower[l]![l]!;
      lower[k]![k]! -= lower[k]![l]! ** 2;
    }
    if (!(lower[k]![k]! > 1e-13 * whole)) return undefined;
    lower[k]![k] = Math.sqrt(lower[k]![k]!);
  }
  for (let k = 0; k < size; k++) {
    for (let l = 0; l < k; l++) solution[k]! -= lower[k]![l]! * solution[l]!;
    solution[k]! /= lower[k]![k]!;
  }
  for (let k = size - 1; k >= 0; k--) {
    for (let l = k + 1; l < size; l++) solution[k]! -= lower[l]![k]! * solution[l]!;
    solution[k]! /= lower[k]![k]!;
  }
  return solution;
}
