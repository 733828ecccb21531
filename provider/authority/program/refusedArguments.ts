import { argumentNaming } from "../../words/argumentNaming";
import { type Problem, refuseProblems } from "../../words/problem";

/**
 * Throws one error with every problem of an authority's arguments, each named as the program gives it.
 *
 * @throws PkiError `INPUT_INVALID` if there is at least one problem
 */
export function refuseArguments(name: string, problems: readonly Problem[]): void {
  const { name: nameOf } = argumentNaming();
  refuseProblems(
    `CertificateAuthority "${name}"`,
    problems.map((problem) => ({ ...problem, property: problem.property === "" ? "" : nameOf(problem.property) })),
  );
}
