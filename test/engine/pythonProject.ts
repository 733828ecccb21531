import { mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { buildWheel } from "../plugin/sdk";
import { findTool, runTool } from "../tools";
import { CHECKOUT, PulumiProject } from "./project";
import { installPlugin } from "./yamlProject";

/** The example whose Pulumi.yaml all programs in Python here have. */
const PYTHON_EXAMPLE = join(CHECKOUT, "examples", "python");

/** The wheel of the plugin's SDK, which is built once in a process. */
let wheel: string | undefined;

/**
 * A project in Python, of a user who installed the package, and its SDK in a virtual environment.
 *
 * @param program its __main__.py
 */
export async function pythonProject(program: string): Promise<PulumiProject> {
  const project = await PulumiProject.existing((directory) => {
    installPlugin(directory);
    installSdk(join(directory, "venv"));
    writeFileSync(join(directory, "Pulumi.yaml"), readFileSync(join(PYTHON_EXAMPLE, "Pulumi.yaml")));
    writeFileSync(join(directory, "__main__.py"), program);
  });
  // The newest language host that can be built ignores the option `virtualenv`, and takes the first Python on PATH.
  const path = [join(project.directory, "venv", "bin"), dirname(findTool("pulumi") ?? ""), process.env["PATH"] ?? ""];
  project.setEnvironment({ PATH: path.join(delimiter) });
  return project;
}

/** Changes the program of a {@link pythonProject}. */
export function setPythonProgram(project: PulumiProject, program: string): void {
  writeFileSync(join(project.directory, "__main__.py"), program);
}

/** A virtual environment with both SDKs, as pip makes it. */
function installSdk(venv: string): void {
  const folder = dirname(findTool("python-with-pulumi") ?? "");
  const python = join(folder, "python");
  const version = runTool("python-with-pulumi", ["-c", "import sysconfig; print(sysconfig.get_python_version())"]);
  const packages = join(venv, "lib", `python${version.trim()}`, "site-packages");
  mkdirSync(join(venv, "bin"), { recursive: true });
  mkdirSync(packages, { recursive: true });
  symlinkSync(python, join(venv, "bin", "python3"));
  writeFileSync(
    join(venv, "pyvenv.cfg"),
    `home = ${dirname(realpathSync(python))}\ninclude-system-site-packages = false\n`,
  );
  writeFileSync(join(packages, "pulumi.pth"), `${join(folder, "packages")}\n`);
  wheel ??= buildWheel(temporaryDirectory());
  runTool("python-with-pulumi", ["-m", "zipfile", "-e", wheel, packages]);
}
