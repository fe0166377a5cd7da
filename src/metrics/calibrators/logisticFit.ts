/** A logistic regression: label ~ sigmoid(intercept + sum over columns of coefficient * column + offset). */
export interface LogisticProblem {
  /** One array a coefficient. */
  readonly columns: readonly Float64Array[];
  /** Whether there is an intercept. */
  readonly intercept: boolean;
  /** What is to be predicted, in [0, 1]. */
  readonly targets: ArrayLike<number>;
  /** How much each row counts. */
  readonly weights: ArrayLike<number>;
  /** Added to each row's linear term. */
  readonly offset?: Float64Array;
}

/**
 * Maximum likelihood of a logistic regression with few coefficients, without penalty: Newton's method with step halving
 * on standardised columns.
 *
 * @returns the coefficients of the columns, then the intercept if there is one; undefined where no finite maximum was found,
 *   as when the labels can be separated or the columns depend on one another
 */
export function logisticFit(problem: LogisticProblem): number[] | undefined {
  const { columns, intercept, targets, weights, offset } = problem;
  const scaled = columns.map((column) => standardized(column, weights, intercept));
  const rows = targets.length;
  const design = scaled.map(({ values }) => values);
  if (intercept) design.push(new Float64Array(rows).fill(1));
  const size = design.length;
  let beta = new Array<number>(size).fill(0);
  let linear = offset?.slice() ?? new Float64Array(rows);
  let loss = lossOf(linear, targets, weights);
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    const step = newtonStep(design, linear, targets, weights);
    if (step === undefined || !step.every(Number.isFinite)) return undefined;
    let factor = 1;
    let nextLinear = linear;
    let nextLoss = Number.POSITIVE_INFINITY;
    for (let halving = 0; halving < maxHalvings; halving++, factor /= 2) {
      nextLinear = linear.map((value, i) => {
        let sum = value;
        for (let k = 0; k < size; k++) sum += factor * step[k]! * design[k]![i]!;
        return sum;
      });
      nextLoss = lossOf(nextLinear, targets, weights);
      if (nextLoss <= loss + 1e-13 * Math.abs(loss)) break;
    }
    if (!(nextLoss <= loss + 1e-13 * Math.abs(loss))) return undefined;
    beta = beta.map((value, k) => value + factor * step[k]!);
    linear = nextLinear;
    loss = nextLoss;
    if (step.every((change, k) => Math.abs(change) <= 1e-9 * (1 + Math.abs(beta[k]!)))) {
      return unscaled(beta, scaled, intercept);
    }
  }
  return undefined;
}

const maxIterations = 100;
const maxHalvings = 100;

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
    // Each term is a sum of numbers from 0, so that nothing cancels.
    loss += weights[i]! * (targets[i]! * softplus(-x) + (1 - targets[i]!) * softplus(x));
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
  const gradient = new Array<number>(size).fill(0);
  const hessian = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (let i = 0; i < linear.length; i++) {
    const x = linear[i]!;
    const present = logistic(x);
    const absent = logistic(-x);
    // t - p without cancelling where p is near 1.
    const residual = weights[i]! * (targets[i]! * absent - (1 - targets[i]!) * present);
    const curvature = weights[i]! * present * absent;
    for (let k = 0; k < size; k++) {
      const value = design[k]![i]!;
      gradient[k]! += residual * value;
      for (let l = 0; l <= k; l++) hessian[k]![l]! += curvature * value * design[l]![i]!;
    }
  }
  return solvePositive(hessian, gradient);
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
