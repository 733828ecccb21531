import { currentTime } from "../words/clock";

/** The inputs of the command from the shell that started it, and its outputs. */
export interface Shell {
  /** The current folder, absolute. */
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
  /** Reads standard input to its end. */
  readonly stdin: () => Promise<string>;
  /** Prints a line to standard output. */
  readonly out: (line: string) => void;
  /** Prints a line to standard error. */
  readonly err: (line: string) => void;
}

/** The shell of this process. */
export function processShell(): Shell {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", ignoreClosedPipe);
  }
  return {
    cwd: process.cwd(),
    environment: process.env,
    now: () => currentTime(),
    stdin: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) {
        chunks.push(chunk as Buffer);
      }
      return Buffer.concat(chunks).toString("utf8");
    },
    out: (line) => process.stdout.write(`${line}\n`),
    err: (line) => process.stderr.write(`${line}\n`),
  };
}

/** Ignores a closed pipe. A reader that has seen enough, such as `head`, closes it. The command's work stays done. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") {
    throw error;
  }
}
