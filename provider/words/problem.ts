import { type ErrorCode, PkiError } from "../errors";

/** One thing that is wrong with what the user gave. All of them are collected before anything fails. */
export interface Problem {
  readonly code: ErrorCode;
  /** The property's path (`subject.country`); empty for a secret, whose value the engine would print beside it. */
  readonly property: string;
  /** What is wrong, without a full stop. Never a secret's value. */
  readonly reason: string;
  /** What to do, without a full stop. */
  readonly remedy: string;
}

/** A problem in one line, without its property. */
export function describeProblem({ code, reason, remedy }: Problem): string {
  return `${code}: ${reason}. ${remedy}.`;
}

/**
 * Fails with every problem at once.
 *
 * @param what names the resource, component or configuration
 * @throws PkiError `INPUT_INVALID` unless there is no problem
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
 * What a check that throws finds.
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
