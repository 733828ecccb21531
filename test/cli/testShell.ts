import { kmsPki } from "../../provider/cli/kmsPki";
import type { Shell } from "../../provider/cli/shell";

/** The result of a call of the command. */
export interface Answer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Calls the command in this process, with the test's clock and standard input. */
export async function call(
  args: readonly string[],
  { stdin = "", ...shell }: { cwd: string; stdin?: string; now?: Date; environment?: Shell["environment"] },
): Promise<Answer> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const exitCode = await kmsPki(args, {
    cwd: shell.cwd,
    environment: shell.environment ?? {},
    now: () => shell.now ?? new Date(),
    stdin: () => Promise.resolve(stdin),
    out: (line) => stdout.push(line),
    err: (line) => stderr.push(line),
  });
  return { exitCode, stdout: stdout.join("\n"), stderr: stderr.join("\n") };
}
