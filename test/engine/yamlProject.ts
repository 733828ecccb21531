import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CHECKOUT, PulumiProject } from "./project";

/** The folder of the plugin's command in a project whose packages npm installed. */
export const INSTALLED = join("node_modules", ".bin");

/**
 * The plugin's command in a project's own folder, as npm makes it from the package's `bin`.
 *
 * @param folder where in the project, if its packages are not its own
 */
export function installPlugin(directory: string, folder = INSTALLED): void {
  const bin = join(directory, folder);
  mkdirSync(bin, { recursive: true });
  const own = join(directory, "node_modules", "pulumi-kms-pki");
  if (folder === INSTALLED && !existsSync(own)) {
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

/** The parts of a program in YAML. */
interface YamlParts {
  /** The project's name. Default `acme`. */
  readonly name?: string;
  /** The folders of plugins, by name. The package's own is {@link INSTALLED} unless it is named. */
  readonly plugins?: Readonly<Record<string, string>>;
  readonly resources: Readonly<Record<string, object>>;
  readonly outputs?: Readonly<Record<string, string>>;
}

/** A program in YAML, whose values are written as JSON. */
export function yamlProgram({ name = "acme", plugins = {}, resources, outputs = {} }: YamlParts): string {
  const providers = Object.entries({ "kms-pki": INSTALLED, ...plugins }).map(([plugin, path]) => ({
    name: plugin,
    path,
  }));
  const parts = { runtime: "yaml", plugins: { providers }, resources, outputs };
  const lines = Object.entries(parts).map(([part, value]) => `${part}: ${JSON.stringify(value)}\n`);
  return `name: ${name}\n${lines.join("")}`;
}

/** Changes the program of a {@link yamlProject}. */
export function setYamlProgram(project: PulumiProject, program: string): void {
  writeFileSync(join(project.directory, "Pulumi.yaml"), program);
}
