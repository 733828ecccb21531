import { servesAwsExample } from "./authorityOnAws";
import { inPython } from "./authorityPrograms";
import { tellsAuthority } from "./authorityStory";
import { pythonProject, setPythonProgram } from "./pythonProject";

const tools = ["pulumi-language-python", "python-with-pulumi"];

tellsAuthority({
  name: "Python",
  tools,
  start: (program) => pythonProject(inPython(program)),
  change: (project, program) => {
    setPythonProgram(project, inPython(program));
  },
});

servesAwsExample({
  name: "Python",
  tools,
  folder: "python",
  file: "__main__.py",
  keys: /^ +keys=.*\n/m,
  unprotected: "    deletion_protection=False,",
  start: pythonProject,
});
