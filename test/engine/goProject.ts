import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateSdk } from "../plugin/sdk";
import { CHECKOUT, PulumiProject } from "./project";
import { installPlugin } from "./yamlProject";

const EXAMPLE = join(CHECKOUT, "examples", "go");

/**
 * A project in Go, of a user who installed the package and generated its SDK, with the modules of the example.
 *
 * @param program its main.go
 */
export function goProject(program: string): Promise<PulumiProject> {
  return PulumiProject.existing((directory) => {
    installPlugin(directory);
    generateSdk("go", join(directory, "sdk", "go"));
    for (const file of ["Pulumi.yaml", "go.mod", "go.sum"]) {
      copyFileSync(join(EXAMPLE, file), join(directory, file));
    }
    writeFileSync(join(directory, "main.go"), program);
  });
}

/** Changes the program of a {@link goProject}. */
export function setGoProgram(project: PulumiProject, program: string): void {
  writeFileSync(join(project.directory, "main.go"), program);
}
