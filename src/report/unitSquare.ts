import { colours, type Layer } from "./theme.js";

/** Width and height of a plot of shares over shares. */
export const side = 150;

/** Settings of an axis of {@link unitPosition}. */
export interface UnitAxis {
  /** What it says; null for nothing. */
  readonly title?: string | null;
  /** Whether it has numbers. */
  readonly labels?: boolean;
  /** Room for its numbers, in pixels. */
  readonly minExtent?: number;
}

/** A position from 0 to 1. */
export function unitPosition(field: string, axis: UnitAxis = {}) {
  return {
    field,
    type: "quantitative" as const,
    scale: { domain: [0, 1] },
    axis: { values: [0, 0.5, 1], format: "~g", ...axis },
  };
}

/** A place in a plot. */
export interface Point {
  /** From the left, 0 to 1. */
  readonly x: number;
  /** From below, 0 to 1. */
  readonly y: number;
}

/** A dashed grey line that a curve is read against. */
export function guideLine(points: readonly Point[]): Layer {
  return {
    data: { values: [...points] },
    mark: { type: "line", color: colours.line, strokeWidth: 1, strokeDash: [3, 3] },
  };
}

/** The line y = x. */
export const diagonal: readonly Point[] = [
  { x: 0, y: 0 },
  { x: 1, y: 1 },
];

/** Says within a unit square why it is empty. */
export function emptyNote(text: string): Layer {
  return {
    data: { values: [{ x: 0.5, y: 0.5 }] },
    mark: { type: "text", text, color: colours.text, fontSize: 11, dy: 40 },
  };
}
