import { ArgumentError } from "../errors.js";
import { columnsOf, type MatrixLike } from "../matrix.js";
import { cohenKappaInterval } from "./cohenKappa.js";
import type { LevelOptions } from "./delong.js";
import {
  type CompleteAgreement,
  completeAgreement,
  percentAgreement,
  specificAgreement,
} from "./percentAgreement.js";
import type { WeightOptions } from "./sample.js";

/** How label sets are compared. */
export interface AgreementOptions extends LevelOptions, WeightOptions {
  /** Names of the classes, where no label set has them. */
  readonly classes?: readonly string[];
}

/** Two label sets on one class. */
export interface PairAgreement {
  /** Name of the first label set. */
  readonly a: string;
  /** Name of the second. */
  readonly b: string;
  /** Name of the class. */
  readonly class: string;
  /** Cohen's kappa; NaN where it is undefined. */
  readonly kappa: number;
  /** Lower end of its large-sample interval. */
  readonly lower: number;
  /** Upper end. */
  readonly upper: number;
  /** Share of pairs with the same label. */
  readonly agreement: number;
  /** Agreement on positives. */
  readonly positive: number;
  /** Agreement on negatives. */
  readonly negative: number;
  /** Pairs with both labels known; the sum of their weights. */
  readonly n: number;
  /** Pairs with an unknown, left out; those of weight 0 aside. */
  readonly unknown: number;
}

/** All label sets on one class. Weights play no part here. */
export interface ClassAgreement extends CompleteAgreement {
  /** Name of the class. */
  readonly class: string;
}

/** Agreement of label sets, pair by pair and class by class. */
export interface PairwiseAgreement {
  /** Names of the label sets. */
  readonly sets: readonly string[];
  /** Names of the classes. */
  readonly classes: readonly string[];
  /** Each pair once, class by class within a pair. */
  readonly pairs: readonly PairAgreement[];
  /** On how many samples all sets agree, class by class. */
  readonly complete: readonly ClassAgreement[];
  /** The level of the intervals. */
  readonly level: number;
}

/**
 * Agreement of any number of label sets on the same samples: for each pair and class {@link cohenKappaInterval},
 * {@link percentAgreement} and {@link specificAgreement}, and {@link completeAgreement} of all sets.
 *
 * The intervals take samples as independent: where patients have several images they are too narrow, and
 * {@link bootstrapInterval} over patients is the way.
 *
 * @param labelSets by name, two or more; each of shape [samples, classes], values 1, 0 or NaN (unknown: the pair is left out)
 * @throws ArgumentError for fewer than two sets, shapes or class names that differ, a label that is not 1, 0 or NaN, a level
 *   outside (0, 1), or a weight that is not a finite number from 0
 */
export function pairwiseAgreement(
  labelSets: Readonly<Record<string, MatrixLike>>,
  { classes: given, level = 0.95, weights }: AgreementOptions = {},
): PairwiseAgreement {
  const sets = Object.keys(labelSets);
  if (sets.length < 2) throw new ArgumentError("labelSets", `has ${sets.length} sets; expected at least two`);
  const tables = sets.map((name) => columnsOf(labelSets[name]!, `labelSets.${name}`));
  const first = tables[0]!;
  const named = tables.find((table) => table.classes !== undefined)?.classes;
  const classes = given ?? named ?? first.columns.map((_, c) => `class ${c}`);
  if (classes.length !== first.columns.length) {
    throw new ArgumentError(
      "options.classes",
      `has ${classes.length} names for ${first.columns.length} columns`,
    );
  }
  tables.forEach((table, s) => {
    if (table.rows !== first.rows || table.columns.length !== first.columns.length) {
      throw new ArgumentError(
        `labelSets.${sets[s]}`,
        `has shape [${table.rows}, ${table.columns.length}] where "${sets[0]}" has [${first.rows}, ${first.columns.length}]`,
      );
    }
    table.columns.forEach((column, c) => {
      const row = column.findIndex((label) => label !== 0 && label !== 1 && !Number.isNaN(label));
      if (row < 0) return;
      throw new ArgumentError(
        `labelSets.${sets[s]}`,
        `class "${classes[c]}", row ${row} is ${column[row]}; expected 0, 1 or NaN (unknown)`,
      );
    });
    table.classes?.forEach((name, c) => {
      if (name === named![c]) return;
      throw new ArgumentError(
        `labelSets.${sets[s]}`,
        `column ${c} is "${name}" where another set has "${named![c]}"; put all in one order`,
      );
    });
  });
  const weighted = weights ? { weights } : {};
  const pairs: PairAgreement[] = [];
  for (let i = 0; i < sets.length; i++) {
    for (let j = i + 1; j < sets.length; j++) {
      classes.forEach((name, c) => {
        const a = tables[i]!.columns[c]!;
        const b = tables[j]!.columns[c]!;
        const { kappa, lower, upper, n, unknown } = cohenKappaInterval(a, b, { level, ...weighted });
        const agreement = percentAgreement(a, b, weighted);
        const specific = specificAgreement(a, b, weighted);
        pairs.push({
          a: sets[i]!,
          b: sets[j]!,
          class: name,
          kappa,
          lower,
          upper,
          agreement,
          ...specific,
          n,
          unknown,
        });
      });
    }
  }
  const complete = classes.map((name, c) => ({
    class: name,
    ...completeAgreement(
      Array.from({ length: first.rows }, (_, row) => tables.map((table) => table.columns[c]![row]!)),
    ),
  }));
  return { sets, classes, pairs, complete, level };
}
