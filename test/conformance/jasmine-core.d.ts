/** What the conformance run uses of jasmine-core; `@types/jasmine` would make `expect` global in every test. */
declare module "jasmine-core" {
  export interface FailedExpectation {
    readonly message: string;
    readonly stack?: string;
  }

  export interface SuiteResult {
    readonly fullName?: string;
    readonly failedExpectations: readonly FailedExpectation[];
  }

  export interface SpecResult extends SuiteResult {
    readonly fullName: string;
    /** "pending": switched off where it is declared; "excluded": not let through by the filter. */
    readonly status: "passed" | "failed" | "pending" | "excluded";
  }

  export interface Reporter {
    specDone(result: SpecResult): void;
    suiteDone(result: SuiteResult): void;
    jasmineDone(result: SuiteResult): void;
  }

  export interface Env {
    configure(settings: {
      readonly random: boolean;
      readonly forbidDuplicateNames: boolean;
      readonly specFilter: (spec: { getFullName(): string }) => boolean;
    }): void;
    addReporter(reporter: Reporter): void;
    execute(): Promise<unknown>;
  }

  const core: {
    /** Makes `describe`, `it`, `expect` and `jasmine` global. */
    boot(): { getEnv(): Env; DEFAULT_TIMEOUT_INTERVAL: number };
  };
  export default core;
}
