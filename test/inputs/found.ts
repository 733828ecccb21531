import type { Problem } from "../../provider/words/problem";

/** Problems as `CODE property`, for comparison with a table. */
export function found(problems: readonly Problem[]): string[] {
  return problems.map(({ code, property }) => `${code} ${property}`);
}
