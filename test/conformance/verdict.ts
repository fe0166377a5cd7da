import type { FailedExpectation, Reporter, SpecResult, SuiteResult } from "jasmine-core";
import type { Exclusion } from "./exclusions.js";

/** A spec, or something around specs, that failed. */
export interface Failure {
  readonly name: string;
  readonly expectations: readonly FailedExpectation[];
}

/** Collects what the specs give, and holds it against the exclusions. */
export class Verdict implements Reporter {
  /** Specs that were let through by the filter, those that the suite switches off included. */
  specs = 0;
  /** Specs that the suite itself switches off. */
  pending = 0;
  /** Failures that no exclusion names. */
  readonly failures: Failure[] = [];
  /** Exclusions by how many failed specs they excuse. */
  readonly excluded = new Map<Exclusion, number>();

  /** Exclusions by the statuses of the specs that they name. */
  readonly #statuses = new Map<string, SpecResult["status"][]>();

  constructor(readonly exclusions: readonly Exclusion[]) {
    for (const { spec } of exclusions) this.#statuses.set(spec, []);
  }

  specDone({ fullName, status, failedExpectations }: SpecResult): void {
    this.#statuses.get(fullName)?.push(status);
    if (status === "excluded") return;
    this.specs++;
    if (status === "pending") this.pending++;
    if (status !== "failed") return;
    const exclusion = this.exclusions.find(({ spec }) => spec === fullName);
    if (exclusion === undefined) this.failures.push({ name: fullName, expectations: failedExpectations });
    else this.excluded.set(exclusion, (this.excluded.get(exclusion) ?? 0) + 1);
  }

  suiteDone({ fullName = "the whole run", failedExpectations }: SuiteResult): void {
    if (failedExpectations.length > 0)
      this.failures.push({ name: fullName, expectations: failedExpectations });
  }

  jasmineDone(result: SuiteResult): void {
    this.suiteDone(result);
  }

  /** What is wrong with the exclusions themselves. */
  exclusionFaults(): string[] {
    return this.exclusions.flatMap(({ spec }) => {
      const statuses = this.#statuses.get(spec)!;
      if (statuses.length === 0) return [`no spec has the excluded name: ${spec}`];
      const ran = statuses.some((status) => status !== "excluded");
      return ran && !statuses.includes("failed") ? [`an excluded spec passes: ${spec}`] : [];
    });
  }
}
