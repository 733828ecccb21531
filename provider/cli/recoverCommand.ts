import { type Command, parseOptions, workingDirectory } from "./command";
import { RECOVER_HELP } from "./recoverHelp";
import { recoverKilledRun } from "./killedRun";
import { PulumiProgram } from "./pulumiProgram";

/** `kms-pki recover`: recovers a stack after a killed run of `pulumi`. */
export const recoverCommand: Command = {
  help: RECOVER_HELP,
  failureCode: 1,
  parse(args) {
    const { cwd, stack } = parseOptions("recover", args, {
      cwd: { type: "string", default: "." },
      stack: { type: "string" },
    });
    return async (shell) => {
      const directory = workingDirectory("recover", cwd, shell);
      shell.out(await recoverKilledRun(new PulumiProgram(directory, shell), directory, stack, shell));
      return 0;
    };
  },
};
