import { inYaml } from "./authorityPrograms";
import { tellsAuthority } from "./authorityStory";
import { setYamlProgram, yamlProject } from "./yamlProject";

tellsAuthority({
  name: "YAML",
  tools: ["pulumi-language-yaml"],
  start: (program) => yamlProject(inYaml(program)),
  change: (project, program) => {
    setYamlProgram(project, inYaml(program));
  },
});
