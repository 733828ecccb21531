import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

const PROJECT_FILES = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"];

/**
 * The folder of the Pulumi project. Program and provider run in the program's folder, which is below it if `main:` is set.
 */
export function rootDirectory(from: string): string {
  if (PROJECT_FILES.some((file) => existsSync(join(from, file)))) {
    return from;
  }
  const parent = dirname(from);
  return parent === from ? process.cwd() : rootDirectory(parent);
}
