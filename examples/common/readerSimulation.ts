import { type LabelMatrix, randomStream } from "radiolucent";
import { matrixOf } from "./matrixOf.js";

/** Of what part of the findings a reader misses one, sees one that is not there, is unsure. */
export interface ReaderErrors {
  readonly misses: number;
  readonly invents: number;
  readonly doubts?: number;
}

/**
 * What a reader says of films whose truth is known: 0 or 1, and in doubt .25, .5 or .75. The errors fall on films at
 * random, apart from those of readers of other names.
 */
export function simulatedReader(
  truth: LabelMatrix,
  name: string,
  { misses, invents, doubts = 0 }: ReaderErrors,
  seed: number,
): LabelMatrix {
  const random = randomStream(seed).fork(name);
  return matrixOf(truth.classes, truth.values.shape[0]!, (r, c) => {
    const present = truth.values.get(r, c) === 1;
    const seen = random.uniform() < (present ? misses : invents) ? !present : present;
    const sure = random.uniform();
    if (sure < doubts / 5) return 0.5;
    return sure < doubts ? (seen ? 0.75 : 0.25) : Number(seen);
  });
}

/** Two annotators, the second a worse one, and a text miner: it errs as a program that reads reports. */
export function simulatedReaders(truth: LabelMatrix, seed: number) {
  const reader = (name: string, errors: ReaderErrors) => simulatedReader(truth, name, errors, seed);
  return {
    annotators: {
      "annotator 1": reader("annotator 1", { misses: 0.15, invents: 0.04, doubts: 0.2 }),
      "annotator 2": reader("annotator 2", { misses: 0.25, invents: 0.06, doubts: 0.3 }),
    },
    textMiner: reader("text miner", { misses: 0.35, invents: 0.1 }),
  };
}
