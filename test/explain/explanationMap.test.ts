import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import { explanationMaps } from "../../src/explain/explanationMap.js";

const of = (values: number[], shape = [2, 1, 2]) => ndarray(Float32Array.from(values), shape);

describe("explanationMaps", () => {
  test("each map is divided by its own greatest value; negative evidence is 0, and a map without any stays 0", () => {
    const [map] = explanationMaps([of([-1, 2, -3, -4])], [4, 8]);
    expect([...map!.raw.data]).toEqual([0, 2, 0, 0]);
    expect([...map!.normalized.data]).toEqual([0, 1, 0, 0]);
    expect([...map!.maximum]).toEqual([2, 0]);
    expect(map!.peaks).toEqual([{ row: 2, column: 6 }, undefined]);
  });

  test("on a shared scale all are divided by the greatest of all; a map of NaN stays NaN and does not count", () => {
    const maps = explanationMaps([of([1, 2, 4, -1]), of([8, 0, Number.NaN, 100])], [2, 2], "shared");
    expect([...maps[0]!.normalized.data]).toEqual([1 / 8, 2 / 8, 4 / 8, 0]);
    expect([...maps[1]!.normalized.data]).toEqual([1, 0, Number.NaN, Number.NaN]);
    expect([...maps[1]!.maximum]).toEqual([8, Number.NaN]);
  });

  test("without any evidence a shared scale leaves zeros", () => {
    const [map] = explanationMaps([of([-1, 0, 0, -2])], [2, 2], "shared");
    expect([...map!.normalized.data]).toEqual([0, 0, 0, 0]);
  });

  test("evidence may lie in any memory order, and is not changed", () => {
    const evidence = of([1, -2, 3, 4], [1, 2, 2]);
    const [map] = explanationMaps([evidence.transpose(0, 2, 1)], [2, 2]);
    expect([...map!.raw.data]).toEqual([1, 3, 0, 4]);
    expect([...evidence.data]).toEqual([1, -2, 3, 4]);
  });
});
