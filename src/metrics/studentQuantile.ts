/**
 * The t with P(|T| <= t) = level for Student's distribution: the two-sided quantile. Relative error below 1e-11.
 *
 * The probability is the finite sum of Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4, solved by
 * bisection.
 *
 * @param level in (0, 1)
 * @param freedom degrees of freedom, a whole number; NaN below 1
 */
export function studentQuantile(level: number, freedom: number): number {
  if (!(freedom >= 1)) return Number.NaN;
  let low = 0;
  let high = Math.PI / 2;
  for (let middle = high / 2; low < middle && middle < high; middle = (low + high) / 2) {
    if (centralProbability(middle, freedom) < level) low = middle;
    else high = middle;
  }
  return Math.sqrt(freedom) * Math.tan(low);
}

/** P(|T| <= sqrt(freedom) tan(angle)). */
function centralProbability(angle: number, freedom: number): number {
  const odd = freedom % 2;
  const cosine = Math.cos(angle);
  let term = odd ? cosine : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let k = odd + 1; k + 2 <= freedom - 1; k += 2) {
    term *= (cosine * cosine * k) / (k + 1);
    sum += term;
  }
  return odd ? ((angle + Math.sin(angle) * sum) * 2) / Math.PI : Math.sin(angle) * sum;
}
