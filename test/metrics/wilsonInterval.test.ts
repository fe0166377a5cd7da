import { wilsonInterval } from "radiolucent/metrics";
import { expect, test } from "vitest";
import { reference } from "./classificationReference.js";
import { expectClose } from "./reference.js";

test.each(reference.wilson)(
  "equals statsmodels' to 1e-9: %d of %d at %d",
  (successes, trials, level, ...ends) => {
    const { lower, upper } = wilsonInterval(successes, trials, { level });
    expectClose([lower, upper], ends);
  },
);

test("a share of 0 or 1 lies in its interval, whatever is rounded", () => {
  for (let trials = 1; trials <= 1000; trials++) {
    expect(wilsonInterval(0, trials).lower).toBe(0);
    expect(wilsonInterval(trials, trials).upper).toBe(1);
  }
});

test("no trials give NaN, and a level outside (0, 1) is an error", () => {
  expect(wilsonInterval(0, 0)).toEqual({ lower: Number.NaN, upper: Number.NaN });
  expect(() => wilsonInterval(1, 2, { level: 95 })).toThrow("options.level: is 95");
});
