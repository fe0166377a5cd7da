/** Sigmoid, in float32 as predictions are. */
export const sigmoid = (logit: number) => Math.fround(1 / (1 + Math.exp(-logit)));
