import type { Graph } from "../graph/graph.js";

/** How one axis is resized. */
export interface Resized {
  /** Length before. */
  readonly from: number;
  /** Length after. */
  readonly to: number;
  /** Whether first and last element keep their places. */
  readonly alignCorners: boolean;
  /** Whether elements are squares with their value at the centre. */
  readonly halfPixelCenters: boolean;
}

/** Which elements make an element of the result, and their shares; an element may come twice. */
export type Weights = (
  axis: Resized,
  place: number,
) => readonly (readonly [element: number, share: number])[];

const ratio = ({ from, to, alignCorners }: Resized): number =>
  alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;

/** The two elements between which a place lies. */
export const linearWeights: Weights = (axis, place) => {
  const at = axis.halfPixelCenters ? ratio(axis) * (place + 0.5) - 0.5 : ratio(axis) * place;
  const floor = Math.max(0, Math.floor(at));
  const ceil = Math.min(axis.from - 1, Math.ceil(at));
  return [
    [floor, 1 - (at - floor)],
    [Math.max(0, ceil), at - floor],
  ];
};

/** The element nearest to a place. */
export const nearestWeights: Weights = (axis, place) => {
  const at = ratio(axis) * (axis.halfPixelCenters ? place + 0.5 : place);
  const nearest = Math.min(axis.from - 1, axis.alignCorners ? Math.round(at) : Math.floor(at));
  return [[Math.max(0, nearest), 1]];
};

/** The shares of the image's elements in the results' as a constant [to, from]. */
export function shares(graph: Graph, axis: Resized, weights: Weights): string {
  const { from, to } = axis;
  return graph.keyedConstant(`shares ${weights.name} ${JSON.stringify(axis)}`, "float32", [to, from], () => {
    const values = new Float32Array(to * from);
    for (let place = 0; place < to; place++) {
      for (const [element, share] of weights(axis, place)) values[place * from + element]! += share;
    }
    return values;
  });
}
