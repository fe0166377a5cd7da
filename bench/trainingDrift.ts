import { median, slope } from "./trainingStatistics.js";
import type { Outcome } from "./trainingTurns.js";

export const driftHeader = ["", "first tenth", "last tenth", "last / first", "slope per 100 steps"];

/** Whether steps get slower or memory grows: medians of the first and last tenth, and the line through all. */
export function driftRows({ library, steps }: Outcome): string[][] {
  const tenth = Math.ceil(steps.length / 10);
  const row = (what: string, values: readonly number[]) => {
    const [first, last] = [median(values.slice(0, tenth)), median(values.slice(-tenth))];
    return [
      `${library}, ${what}`,
      first.toFixed(1),
      last.toFixed(1),
      (last / first).toFixed(3),
      (100 * slope(values)).toFixed(2),
    ];
  };
  return [
    row(
      "ms a step",
      steps.map(({ ms }) => ms),
    ),
    row(
      "resident MiB",
      steps.map(({ resident }) => resident),
    ),
  ];
}

/** What the ONNX Runtime backend holds at the end; a graph compiled for each step would be a drift too. */
export function driftNote({ library, memory }: Outcome): string[] {
  if (!memory?.onnx) return [];
  const { compiles, graphs, bytes } = memory.onnx;
  const held = (bytes / 2 ** 20).toFixed(0);
  return [`- ${library}: ${compiles} graphs compiled, ${graphs} held, and ${held} MiB of tensors.`];
}
