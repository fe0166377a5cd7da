import type { Film } from "./film.js";
import { around, type PhantomStudy, visitStream } from "./phantomStudy.js";

/**
 * Makes grey values of a film's density: blur of focal spot and detector, scatter, exposure, quantum noise and the
 * detector's response. Noise is stronger where the body lets less through, and finer pixels catch fewer quanta.
 *
 * @param density 0 is air, about 1 the whitest
 * @returns 0 to 255, row by row
 */
export function develop(film: Film, density: Float32Array, study: PhantomStudy): Uint8Array {
  const { size } = film;
  const exposure = visitStream(study, "exposure");
  const contrast = around(exposure, 1.08, 0.06);
  const brightness = around(exposure, 0, 0.03);
  const scatter = around(exposure, study.view === "AP" ? 0.09 : 0.04, 0.015);
  const grain = around(exposure, 0.007, 0.001) * (size / 256);
  const noise = visitStream(study, "noise");
  // Three uniform numbers add up to nearly a normal one, several times faster.
  const normal = () => 2 * (noise.uniform() + noise.uniform() + noise.uniform()) - 3;

  const blurred = blur(density, size, (study.view === "AP" ? 0.0032 : 0.0024) * size);
  const result = new Uint8ClampedArray(size * size);
  for (let i = 0; i < result.length; i++) {
    const value = blurred[i]!;
    const quanta = grain * Math.exp(0.9 * (value - 0.5)) * normal();
    const seen = scatter * Math.min(1, 4 * value) + (1 - scatter) * (contrast * value + brightness) + quanta;
    // A straight line that bends over towards white.
    const bent = seen <= 0 ? 0 : seen / Math.sqrt(Math.sqrt(1 + seen * seen * seen * seen));
    result[i] = 10 + 240 * bent;
  }
  return new Uint8Array(result.buffer);
}

/** Blurs with a separable Gaussian, cut at two deviations; the rim is repeated. */
function blur(values: Float32Array, size: number, sigma: number): Float32Array {
  if (sigma < 0.2) return values;
  const reach = Math.ceil(2 * sigma);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, k) =>
    Math.exp(-((k - reach) ** 2) / (2 * sigma ** 2)),
  );
  const total = kernel.reduce((a, b) => a + b);
  const pass = (from: Float32Array, along: number, across: number) => {
    const to = new Float32Array(from.length);
    for (let line = 0; line < size; line++) {
      for (let i = 0; i < size; i++) {
        let sum = 0;
        for (let k = -reach; k <= reach; k++) {
          const at = Math.min(Math.max(i + k, 0), size - 1);
          sum += kernel[k + reach]! * from[line * across + at * along]!;
        }
        to[line * across + i * along] = sum / total;
      }
    }
    return to;
  };
  return pass(pass(values, 1, size), size, 1);
}
