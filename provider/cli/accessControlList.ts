import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Whether a file has an access control list beyond its permission bits. Node cannot tell: `ls` marks such a file with a
 * plus sign. Without an `ls` that knows such lists, none is found.
 */
export async function hasAccessControlList(path: string): Promise<boolean> {
  try {
    const { stdout } = await run("ls", ["-ld", "--", path], { env: { ...process.env, LC_ALL: "C" } });
    return /^\S{10}\+/.test(stdout);
  } catch {
    return false;
  }
}
