import { ArgumentError } from "../errors.js";
import { groupRows } from "./resampling.js";

/** The subgroup of each row, with the order in which the subgroups are shown. */
export interface SubgroupColumn {
  /** Name of the subgroup of each row; undefined where it is unknown. */
  readonly values: readonly (string | undefined)[];
  /** The names in order; one that no row has is left out of the result. */
  readonly names: readonly string[];
}

/**
 * Age bands for `evaluateSubgroups`, left-closed: edges [18, 65] give "< 18", "18 to < 65" and ">= 65".
 *
 * @param ages in years, fractions allowed; NaN or undefined for unknown
 * @param edges ascending
 * @throws ArgumentError when the edges are none, not finite or not ascending, or an age is negative or infinite
 */
export function ageBands(ages: ArrayLike<number | undefined>, edges: readonly number[]): SubgroupColumn {
  checkEdges(edges);
  const names = [
    `< ${edges[0]}`,
    ...edges.slice(1).map((edge, k) => `${edges[k]} to < ${edge}`),
    `>= ${edges[edges.length - 1]}`,
  ];
  const values = Array.from(ages, (age, row) => {
    if (age === undefined || Number.isNaN(age)) return undefined;
    if (!(age >= 0 && age < Number.POSITIVE_INFINITY)) {
      throw new ArgumentError("ages", `index ${row} is ${age}; expected years from 0, or NaN for unknown`);
    }
    return names[bandOf(age, edges)];
  });
  return { values, names };
}

/**
 * Bands of the count of images that a patient has among the rows, for `evaluateSubgroups`: edges [2, 5] give "1", "2 to 4" and
 * "5 or more".
 *
 * @param patientIds of each row, compared as text
 * @param edges ascending whole numbers from 2
 * @throws ArgumentError when the edges are none, not such numbers or not ascending, or an id is empty
 */
export function imageCounts(
  patientIds: ArrayLike<string | number>,
  edges: readonly number[] = [2, 5],
): SubgroupColumn {
  checkEdges(edges);
  if (edges.some((edge) => !Number.isInteger(edge) || edge < 2)) {
    throw new ArgumentError("edges", `are ${edges.join(", ")}; expected whole numbers from 2`);
  }
  const { count, groupOf } = groupRows(patientIds, "patientIds");
  const counts = new Int32Array(count);
  for (const patient of groupOf) counts[patient]!++;
  const starts = [1, ...edges];
  const names = starts.map((start, k) => {
    const last = (starts[k + 1] ?? Number.POSITIVE_INFINITY) - 1;
    if (last === Number.POSITIVE_INFINITY) return `${start} or more`;
    return start === last ? `${start}` : `${start} to ${last}`;
  });
  return {
    values: Array.from(groupOf, (patient) => names[bandOf(counts[patient]!, edges)]),
    names,
  };
}

function bandOf(value: number, edges: readonly number[]): number {
  return edges.filter((edge) => value >= edge).length;
}

function checkEdges(edges: readonly number[]): void {
  const rising = edges.every((edge, k) => Number.isFinite(edge) && (k === 0 || edge > edges[k - 1]!));
  if (edges.length === 0 || !rising) {
    throw new ArgumentError(
      "edges",
      `are [${edges.join(", ")}]; expected ascending numbers, such as 18, 40, 65`,
    );
  }
}
