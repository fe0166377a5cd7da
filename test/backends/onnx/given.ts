import { type Given, normals } from "./onBoth.js";

/** Normally distributed values in a shape; others with another name. */
export const given = (shape: readonly number[], name = ""): Given => ({
  shape,
  values: normals(
    `${name}${shape}`,
    shape.reduce((a, b) => a * b, 1),
  ),
});
