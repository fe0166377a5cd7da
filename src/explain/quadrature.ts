/** Places in [0, 1] and how much each counts; the weights add up to 1. */
export interface Quadrature {
  /** Ascending. */
  readonly nodes: Float64Array;
  /** One a node. */
  readonly weights: Float64Array;
}

/** The middles of equal parts of [0, 1]. */
export function midpointRule(steps: number): Quadrature {
  return {
    nodes: Float64Array.from({ length: steps }, (_, i) => (i + 0.5) / steps),
    weights: new Float64Array(steps).fill(1 / steps),
  };
}

/** The Gauss-Legendre rule on [0, 1], exact for polynomials of degree 2 steps - 1: roots by Newton's method. */
export function gaussLegendreRule(steps: number): Quadrature {
  const nodes = new Float64Array(steps);
  const weights = new Float64Array(steps);
  for (let i = 0; i < steps; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (steps + 0.5));
    let slope = 0;
    for (let turn = 0; turn < 100; turn++) {
      let value = 1;
      let before = 0;
      for (let n = 1; n <= steps; n++) {
        [before, value] = [value, ((2 * n - 1) * x * value - (n - 1) * before) / n];
      }
      slope = (steps * (x * value - before)) / (x * x - 1);
      const move = value / slope;
      x -= move;
      if (Math.abs(move) < 1e-15) break;
    }
    nodes[steps - 1 - i] = (x + 1) / 2;
    weights[steps - 1 - i] = 1 / ((1 - x * x) * slope * slope);
  }
  return { nodes, weights };
}
