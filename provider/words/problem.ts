import { type ErrorCode, PkiError } from "../errors";

/** A problem with the user's input. All problems are collected before anything fails. */
export interface Problem {
  readonly code: ErrorCode;
  /** The property's path (`subject.country`); empty for a secret, whose value the engine would print beside it. */
  readonly property: string;
  /** What is wrong, without a period. It never contains a secret. */
  readonly reason: string;
  /** What to do, without a period. */
  readonly remedy: string;
}

/** A setting that is wrong. */
export function invalid(property: string, reason: string, remedy: string): Problem {
  return { code: "INPUT_INVALID", property, reason, remedy };
}

/** A problem in one line, without its property. */
export function describeProblem({ code, reason, remedy }: Problem): string {
  return `${code}: ${reason}. ${remedy}.`;
}

/**
 * Throws one error with every problem.
 *
 * @param what names the resource, component or configuration
 * @throws PkiError `INPUT_INVALID` if there is at least one problem
 */
export function refuseProblems(what: string, problems: readonly Problem[]): void {
  if (problems.length > 0) {
    const lines = problems.map(
      (problem) => `\n  ${problem.property}${problem.property === "" ? "" : ": "}${describeProblem(problem)}`,
    );
    throw new PkiError(
      "INPUT_INVALID",
      `${what} has ${problems.length === 1 ? "a problem" : `${String(problems.length)} problems`}:${lines.join("")}\n` +
        "Nothing was made",
      "Correct the above and run again",
    );
  }
}

/**
 * The problem that a throwing check finds.
 *
 * @param property empty for a secret, whose value the engine would print beside it
 */
export function problemsOf(check: () => unknown, property: string): Problem[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof PkiError) {
      return [{ code: error.code, property, reason: error.reason, remedy: error.remedy }];
    }
    throw error;
  }
}
