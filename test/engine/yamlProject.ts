import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CHECKOUT, PulumiProject } from "./project";

/** The plugin's command in a project's own folder, as npm makes it from the package's `bin`. */
export function installPlugin(directory: string): void {
  const bin = join(directory, "node_modules", ".bin");
  mkdirSync(bin, { recursive: true });
  const own = join(directory, "node_modules", "pulumi-kms-pki");
  if (!existsSync(own)) {
    symlinkSync(CHECKOUT, own);
  }
  const main = join(CHECKOUT, "dist", "provider", "plugin", "main.js");
  writeFileSync(join(bin, "pulumi-resource-kms-pki"), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`, {
    mode: 0o755,
  });
}

/**
 * A project in YAML, of a user who installed the package.
 *
 * @param program its Pulumi.yaml
 */
export function yamlProject(program: string): Promise<PulumiProject> {
  return PulumiProject.existing((directory) => {
    installPlugin(directory);
    writeFileSync(join(directory, "Pulumi.yaml"), program);
  });
}

/** Changes the program of a {@link yamlProject}. */
export function setYamlProgram(project: PulumiProject, program: string): void {
  writeFileSync(join(project.directory, "Pulumi.yaml"), program);
}
