import { customGrad, exp, maximum, mul, pow, step, type Tensor, zerosLike } from "@tensorflow/tfjs-core";

/** Base^exponent, the base given as it is or in another form. */
export type Power = (base: Tensor, exponent: number) => Tensor;

/** base^exponent from -log(base); its gradient is finite everywhere. */
export const powerOfLogarithm: Power = (minusLog, exponent) => exp(mul(minusLog, -exponent));

/**
 * base^exponent for bases of at least 0, with a finite gradient for exponents below 1 too: it is 0 where the base is so
 * near 0 that the true one would not be finite.
 */
export const powerOf: Power = (base, exponent) =>
  exponent >= 1 ? pow(base, exponent) : mul(pow(maximum(base, 1e-30), exponent), step(base));

/** Losses times power(base, gamma); untouched for gamma 0. */
export function focused(
  losses: Tensor,
  gamma: number,
  [power, base]: readonly [Power, Tensor],
  carriesGradient = true,
): Tensor {
  if (gamma === 0) return losses;
  return mul(losses, carriesGradient ? power(base, gamma) : constant(base, (x) => power(x, gamma)));
}

/** f(x), which counts as a constant on the way back. */
function constant(x: Tensor, f: (x: Tensor) => Tensor): Tensor {
  return customGrad((input) => {
    return { value: f(input as Tensor), gradFunc: (slope: Tensor) => zerosLike(slope) };
  })(x);
}
