import { parseArgs } from "node:util";
import { defaultCases, type TrainingCase, trainingCases } from "./trainingCases.js";

export interface TrainingOptions {
  readonly cases: readonly TrainingCase[];
  readonly backend: string;
  readonly python: string;
  readonly threads: number;
  readonly warmUp: number;
  readonly steps: number;
  /** Whether to watch how steps and memory drift, instead of comparing. */
  readonly drift: boolean;
  /** Whether the WASM and CPU backends run too. */
  readonly others: boolean;
  readonly json: string | undefined;
  /** Whether the cases run as they are defined, so that their limits hold. */
  readonly held: boolean;
}

/** @throws Error for an option or a case that does not exist, or a number that is none */
export function trainingOptions(args: readonly string[]): TrainingOptions {
  // parseArgs knows no option whose value may be left out.
  const completed = args.flatMap((arg, i) =>
    arg === "--drift" && !/^\d/.test(args[i + 1] ?? "") ? [arg, "500"] : [arg],
  );
  const { values } = parseArgs({
    args: completed,
    options: {
      case: { type: "string", multiple: true },
      steps: { type: "string", default: "12" },
      "warm-up": { type: "string", default: "3" },
      threads: { type: "string", default: "2" },
      drift: { type: "string" },
      others: { type: "boolean", default: false },
      backend: { type: "string", default: "onnx" },
      size: { type: "string" },
      batch: { type: "string" },
      python: { type: "string", default: "/usr/bin/python3" },
      json: { type: "string" },
    },
  });
  const whole = (name: string, text: string, least = 1) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least) return value;
    throw new Error(`--${name} is ${text}; expected a whole number of at least ${least}`);
  };
  const small = values.others || values.drift !== undefined;
  const names = values.case ?? (small ? ["small"] : defaultCases);
  const cases = names.map((name): TrainingCase => {
    const known = trainingCases[name];
    if (!known) {
      throw new Error(`there is no case "${name}"; there are ${Object.keys(trainingCases).join(", ")}`);
    }
    const size = values.size === undefined ? known.size : whole("size", values.size);
    const batch = values.batch === undefined ? known.batch : whole("batch", values.batch);
    const title = known.title.replace(/\d+ px, batch \d+/, `${size} px, batch ${batch}`);
    return { ...known, title, size, batch };
  });
  const { backend, python, others, json } = values;
  return {
    cases,
    backend,
    python,
    threads: whole("threads", values.threads),
    warmUp: whole("warm-up", values["warm-up"], 0),
    steps: whole("steps", values.drift ?? values.steps),
    drift: values.drift !== undefined,
    others,
    json,
    held: backend === "onnx" && values.size === undefined && values.batch === undefined,
  };
}
