import type { SpecResult } from "jasmine-core";
import { expect, it } from "vitest";
import { Verdict } from "./verdict.js";

const failedExpectations = [{ message: "Expected 1 to be 2." }];
const done = (fullName: string, status: SpecResult["status"]): SpecResult => ({
  fullName,
  status,
  failedExpectations: status === "failed" ? failedExpectations : [],
});

it("an exclusion excuses a spec that fails, and no other", () => {
  const exclusion = { spec: "complex", reason: "there are no complex numbers" };
  const verdict = new Verdict([exclusion]);
  verdict.specDone(done("complex", "failed"));
  verdict.specDone(done("add", "failed"));
  verdict.specDone(done("sub", "passed"));
  verdict.specDone(done("retired", "pending"));
  expect(verdict.specs).toBe(4);
  expect(verdict.pending).toBe(1);
  expect([...verdict.excluded]).toEqual([[exclusion, 1]]);
  expect(verdict.failures).toEqual([{ name: "add", expectations: failedExpectations }]);
  expect(verdict.exclusionFaults()).toEqual([]);
});

it("an exclusion is at fault whose spec is not there or passes, but not where the filter keeps the spec out", () => {
  const verdict = new Verdict(["gone", "passes", "filtered", "twice"].map((spec) => ({ spec, reason: "" })));
  verdict.specDone(done("passes", "passed"));
  verdict.specDone(done("filtered", "excluded"));
  verdict.specDone(done("twice", "passed"));
  verdict.specDone(done("twice", "failed"));
  expect(verdict.exclusionFaults()).toEqual([
    "no spec has the excluded name: gone",
    "an excluded spec passes: passes",
  ]);
  expect(verdict.specs).toBe(3);
});

it("what fails around specs counts as a failure", () => {
  const verdict = new Verdict([]);
  verdict.suiteDone({ fullName: "abs", failedExpectations });
  verdict.jasmineDone({ failedExpectations });
  expect(verdict.failures.map(({ name }) => name)).toEqual(["abs", "the whole run"]);
});
