import { runPulumi, type StackChoice } from "./pulumiQuestion";
import type { Shell } from "./shell";

const QUESTION = {
  command: ["stack", "--show-name", "--fully-qualify-stack-names"],
  name: "pulumi stack",
  code: "OUTPUTS_UNREADABLE",
  instead: "give the outputs as a file with --outputs",
} as const;

/**
 * Asks Pulumi for the whole name of a stack: `organization/project/stack`.
 *
 * @throws PkiError `OUTPUTS_UNREADABLE`
 */
export async function readStackName(choice: StackChoice, shell: Shell): Promise<string> {
  return (await runPulumi(QUESTION, choice, shell)).trim();
}
