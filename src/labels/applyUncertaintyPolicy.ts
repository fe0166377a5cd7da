import ndarray, { type NdArray } from "ndarray";
import { ArgumentError } from "../errors.js";
import type { ClassMatrix } from "../matrix.js";
import { randomStream } from "../random.js";
import type { ChangedValues, Dataset } from "./dataset.js";

/**
 * What an uncertain label becomes: "ones" present, "zeros" absent, "ignore" unknown as it is; "smooth-ones" and
 * "smooth-zeros" a target drawn uniformly from [0.55, 0.85] and [0, 0.3]; a pair of numbers, a target drawn from that range.
 */
export type UncertaintyRule =
  | "ones"
  | "zeros"
  | "ignore"
  | "smooth-ones"
  | "smooth-zeros"
  | readonly [lowest: number, highest: number];

/** How {@link applyUncertaintyPolicy} treats classes without a rule and draws targets. */
export interface UncertaintyOptions {
  /** Rule of the classes that the policy does not name. Default "ignore". */
  readonly otherwise?: UncertaintyRule;
  /** Of the smoothed targets. Each depends on the seed, the image and the class alone. Default 0. */
  readonly seed?: number | string;
}

/** What each word makes of the label and of the target. */
const words: Readonly<Record<string, readonly [lowest: number, highest: number] | number>> = {
  ones: 1,
  zeros: 0,
  ignore: Number.NaN,
  "smooth-ones": [0.55, 0.85],
  "smooth-zeros": [0, 0.3],
};

/**
 * Makes labels of what the source calls uncertain (`dataset.uncertain`), class by class, as U-Ones, U-Zeros and U-Ignore of
 * Irvin et al. (AAAI 2019) and their label smoothing by Pham et al. (arXiv 1911.06475, U-Ones+LSR and U-Zeros+LSR).
 *
 * "ones" and "zeros" change `labels`. A smoothed target is no label: `labels` stays NaN there, so that metrics, class
 * frequencies and weights skip it, and the number stands in `targets`, which only losses read. `uncertain` becomes 0
 * wherever a rule gave a label or a target, so a policy that is applied twice decides nothing twice. How many labels each
 * rule changed, `account.changed` tells by class; what was ignored is not counted there. A dataset without uncertain
 * labels comes back as it is.
 *
 * Apply it to training data: validation and test labels that a rule made are not what a reader said.
 *
 * ```ts
 * const training = applyUncertaintyPolicy(sets.train, { Edema: "ones", Atelectasis: "ones", Consolidation: "zeros" });
 * const soft = applyUncertaintyPolicy(sets.train, "smooth-ones", { seed: 7 });
 * ```
 *
 * @param policy one rule for all classes, or rules by class
 * @throws ArgumentError for a class that the dataset has not, a word that is no rule, or a range outside [0, 1]
 */
export function applyUncertaintyPolicy<D extends Dataset>(
  dataset: D,
  policy: UncertaintyRule | Readonly<Record<string, UncertaintyRule>>,
  options: UncertaintyOptions = {},
): D {
  const { otherwise = "ignore", seed = 0 } = options;
  const { labels, uncertain, studies } = dataset;
  const { classes } = labels;
  const ruleOf = rulesOf(policy, otherwise, classes);
  const readings = classes.map((name) => readingOf(ruleOf(name), name));
  if (uncertain === undefined) return dataset;

  const random = randomStream(seed).fork("applyUncertaintyPolicy");
  const values = copied(labels);
  const targets = copied(dataset.targets ?? labels);
  const doubts = copied(uncertain);
  const changed: ChangedValues[] = [];
  let smoothed = dataset.targets !== undefined;
  classes.forEach((name, c) => {
    const reading = readings[c]!;
    if (Number.isNaN(reading)) return;
    let count = 0;
    const drawn = random.fork(name);
    studies.forEach(({ imageId }, r) => {
      if (uncertain.values.get(r, c) !== 1) return;
      count++;
      doubts.set(r, c, 0);
      if (typeof reading === "number") {
        values.set(r, c, reading);
        targets.set(r, c, reading);
      } else {
        const [lowest, highest] = reading;
        targets.set(r, c, lowest + (highest - lowest) * drawn.fork(imageId).uniform());
      }
    });
    if (count === 0) return;
    if (typeof reading !== "number") smoothed = true;
    const became =
      typeof reading !== "number" ? `a target in [${reading.join(", ")}]` : reading ? "present" : "absent";
    changed.push({ rule: `uncertain "${name}" read as ${became}`, count });
  });
  return {
    ...dataset,
    labels: { classes, values },
    uncertain: { classes, values: doubts },
    ...(smoothed && { targets: { classes, values: targets } }),
    account: { ...dataset.account, changed: [...dataset.account.changed, ...changed] },
  };
}

function rulesOf(
  policy: UncertaintyRule | Readonly<Record<string, UncertaintyRule>>,
  otherwise: UncertaintyRule,
  classes: readonly string[],
): (name: string) => UncertaintyRule {
  if (isRule(policy)) return () => policy;
  const stranger = Object.keys(policy).find((name) => !classes.includes(name));
  if (stranger !== undefined) {
    throw new ArgumentError("policy", `"${stranger}" is none of the classes ${classes.join(", ")}`);
  }
  return (name) => (Object.hasOwn(policy, name) ? policy[name]! : otherwise);
}

function isRule(
  policy: UncertaintyRule | Readonly<Record<string, UncertaintyRule>>,
): policy is UncertaintyRule {
  return typeof policy === "string" || Array.isArray(policy);
}

/** The label that a rule gives, NaN for none, or the range that it draws a target from. */
function readingOf(rule: UncertaintyRule, name: string): number | readonly [number, number] {
  const word = typeof rule === "string" && Object.hasOwn(words, rule) ? words[rule] : undefined;
  const reading = typeof rule === "string" ? word : rule;
  if (reading === undefined) {
    throw new ArgumentError(
      "policy",
      `"${String(rule)}" for "${name}" is no rule; expected ${Object.keys(words).join(", ")} or a range`,
    );
  }
  if (typeof reading === "number") return reading;
  const [lowest, highest] = reading;
  if (lowest >= 0 && lowest <= highest && highest <= 1) return reading;
  throw new ArgumentError("policy", `[${reading}] for "${name}" is no range in [0, 1]`);
}

function copied({ classes, values }: ClassMatrix<Float32Array>): NdArray<Float32Array> {
  const rows = values.shape[0]!;
  const copy = ndarray(new Float32Array(rows * classes.length), [rows, classes.length]);
  for (let r = 0; r < rows; r++) for (let c = 0; c < classes.length; c++) copy.set(r, c, values.get(r, c));
  return copy;
}
