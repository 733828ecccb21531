import { inPython } from "./authorityPrograms";
import { tellsAuthority } from "./authorityStory";
import { pythonProject, setPythonProgram } from "./pythonProject";

tellsAuthority({
  name: "Python",
  tools: ["pulumi-language-python", "python-with-pulumi"],
  start: (program) => pythonProject(inPython(program)),
  change: (project, program) => {
    setPythonProgram(project, inPython(program));
  },
});
