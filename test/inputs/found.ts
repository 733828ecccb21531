import type { Problem } from "../../provider/words/problem";

/** Problems as `CODE property`, for a comparison with what a table expects. */
export function found(problems: readonly Problem[]): string[] {
  return problems.map(({ code, property }) => `${code} ${property}`);
}
