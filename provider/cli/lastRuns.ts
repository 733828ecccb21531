import { PkiError } from "../errors";
import { isJsonObject } from "../stepca/jsonObject";
import { parseInstant } from "../words/instant";
import { runPulumi, type StackChoice } from "./pulumiQuestion";
import type { Shell } from "./shell";

/** How a run of `pulumi up` ends. */
export const RUN_RESULTS = ["succeeded", "failed"] as const;

/** When the last run of `pulumi up` that ended so did end. Absent: none of the last 50 runs did. */
export type LastRuns = Readonly<Partial<Record<(typeof RUN_RESULTS)[number], Date>>>;

const QUESTION = {
  command: ["stack", "history", "--json", "--page-size", "50"],
  name: "pulumi stack history",
  code: "OUTPUTS_UNREADABLE",
  instead: "give the outputs as a file with --outputs",
} as const;

/**
 * Asks Pulumi for the last runs of a stack, also those that changed nothing.
 *
 * @throws PkiError `OUTPUTS_UNREADABLE`
 */
export async function readLastRuns(choice: StackChoice, shell: Shell): Promise<LastRuns> {
  return parseLastRuns(await runPulumi(QUESTION, choice, shell));
}

/**
 * Reads the output of `pulumi stack history --json`.
 *
 * @throws PkiError `OUTPUTS_UNREADABLE`
 */
export function parseLastRuns(text: string): LastRuns {
  let runs: unknown;
  try {
    runs = JSON.parse(text);
  } catch {
    runs = undefined; // the parser's own message would quote the text
  }
  if (!Array.isArray(runs)) {
    throw new PkiError(QUESTION.code, `${QUESTION.name} returned no list of runs`, "Use a current Pulumi CLI");
  }
  // The latest is the first.
  const ups = runs.filter(isJsonObject).filter(({ kind }) => kind === "update");
  return Object.fromEntries(
    RUN_RESULTS.flatMap((result) => {
      const end = ups.find((run) => run["result"] === result)?.["endTime"];
      const instant = typeof end === "string" ? parseInstant(end) : undefined;
      return instant === undefined ? [] : [[result, instant]];
    }),
  );
}
